/**
 * What a run tells its user: metrics, TensorBoard events, one progress display, the final table.
 *
 * <p>In: Figures of steps and epochs, alarms. Out: Files and lines for people.
 *
 * <p>Imports {@code base}, {@code checkpoint.card}, {@code run}, {@code storage}.
 */
package io.robusttrain.report;
