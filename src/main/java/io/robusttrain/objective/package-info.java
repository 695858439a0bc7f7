/**
 * What training minimises: losses over clean and attacked samples, and the gradients of one
 * micro-batch.
 *
 * <p>In: A micro-batch, its targets, the model in both modes, the step's radius. Out: A loss, and
 * its gradient in the replica's flat vector.
 *
 * <p>Imports {@code attack}, {@code attack.pgd}, {@code model}, {@code tensor}.
 */
package io.robusttrain.objective;
