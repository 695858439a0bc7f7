/**
 * Demands on several keys together that need nothing but the configuration.
 *
 * <p>In: A configuration. Out: Problems.
 *
 * <p>Imports {@code attack}, {@code config}, {@code config.value}, {@code objective}, {@code
 * tensor}.
 */
package io.robusttrain.config.check;
