/**
 * Starts a training: plan, run directory, engine, run, and its end when the process is told to end.
 * Below the API and the commands, which both come through here.
 *
 * <p>In: A configuration, a place in Spark. Out: A run.
 *
 * <p>Imports {@code app}, {@code app.cli}, {@code base}, {@code bigdl}, {@code cluster}, {@code
 * collective}, {@code config}, {@code config.read}, {@code config.value}, {@code engine}, {@code
 * model}, {@code report}, {@code run}, {@code storage}, {@code storage.lease}, {@code tensor},
 * {@code train}, {@code train.plan}, {@code train.recovery}, {@code train.resume}, {@code
 * train.worker}.
 */
package io.robusttrain.app.launch;
