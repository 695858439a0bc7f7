/**
 * Figures and the tables behind them: one drawing, as PNG for slides and as SVG for papers, and CSV
 * with named columns.
 *
 * <p>In: Curves. Out: Bytes of files.
 *
 * <p>Imports {@code base}.
 */
package io.robusttrain.report.figure;
