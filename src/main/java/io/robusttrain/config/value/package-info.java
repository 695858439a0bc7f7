/**
 * How single values are written and read: numbers with units, choices, lists, values that may be
 * left open.
 *
 * <p>In: Text with its file and line. Out: Values, or problems that name the key.
 *
 * <p>Imports {@code attack}, {@code base}.
 */
package io.robusttrain.config.value;
