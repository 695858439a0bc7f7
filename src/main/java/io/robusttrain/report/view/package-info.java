/**
 * The page of a run, or of several side by side.
 *
 * <p>In: Metrics, configurations and provenance of runs. Out: {@code report.html}.
 *
 * <p>Imports {@code base}, {@code checkpoint.card}, {@code report}, {@code report.figure}, {@code
 * report.page}, {@code run}, {@code storage}.
 */
package io.robusttrain.report.view;
