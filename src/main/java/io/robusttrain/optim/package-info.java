/**
 * Optimisers and weight averages that update a slice of the flat parameter vector: each executor
 * owns a slice and its moments.
 *
 * <p>In: A slice of weights and of the mean gradient. Out: The updated slice.
 *
 * <p>Imports {@code tensor}.
 */
package io.robusttrain.optim;
