/**
 * What a sweep file asks for, run by run, and the table of what came out. Starts nothing itself.
 *
 * <p>In: A sweep file. Out: Runs with their overrides, and a table.
 *
 * <p>Imports {@code base}, {@code config}, {@code config.read}, {@code config.value}, {@code
 * report}, {@code storage}.
 */
package io.robusttrain.sweep;
