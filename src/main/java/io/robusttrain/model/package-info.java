/**
 * The contract of a model: what it is without its weights, how it is bound to a replica's tensors,
 * how its input is prepared, which arguments it takes.
 *
 * <p>In: A name, arguments, a flat vector. Out: A classifier from pixels in [0,1] to logits.
 *
 * <p>Imports {@code base}, {@code tensor}.
 */
package io.robusttrain.model;
