/**
 * The runs of a sweep one after another, each a process of its own.
 *
 * <p>In: A sweep file. Out: A table of results.
 *
 * <p>Imports {@code app}, {@code config}, {@code config.read}, {@code config.value}, {@code sweep}.
 */
package io.robusttrain.app.sweep;
