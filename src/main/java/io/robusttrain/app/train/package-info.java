/**
 * RobustTrain: its command line, and the run that it asks the API for.
 *
 * <p>In: Arguments. Out: A run, an exit code.
 *
 * <p>Imports {@code api}, {@code app}, {@code app.cli}, {@code app.sweep}, {@code config.read},
 * {@code report.view}, {@code storage}.
 */
package io.robusttrain.app.train;
