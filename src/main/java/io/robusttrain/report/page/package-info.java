/**
 * Pages of one look, each one file that needs nothing else: text, tables, pictures, and charts that
 * show their values under the pointer.
 *
 * <p>In: What a page says. Out: Its HTML.
 *
 * <p>Imports {@code base}, {@code report.figure}.
 */
package io.robusttrain.report.page;
