/**
 * RobustTrain: its command line, and the run on the cluster that spark-submit names.
 *
 * <p>In: Arguments. Out: A run, an exit code.
 *
 * <p>Imports {@code app}, {@code app.cli}, {@code app.sweep}, {@code base}, {@code bigdl}, {@code
 * cluster}, {@code collective}, {@code config}, {@code config.read}, {@code config.value}, {@code
 * engine}, {@code model}, {@code report}, {@code run}, {@code storage}, {@code storage.lease},
 * {@code tensor}, {@code train}, {@code train.plan}, {@code train.recovery}, {@code train.resume},
 * {@code train.worker}.
 */
package io.robusttrain.app.train;
