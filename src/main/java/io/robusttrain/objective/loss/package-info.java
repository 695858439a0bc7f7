/**
 * The terms that objectives are made of: cross entropy, divergence, counts.
 *
 * <p>In: Logits and targets. Out: Scalars with gradients, or plain counts.
 *
 * <p>Imports {@code attack}, {@code attack.pgd}, {@code model}, {@code objective}, {@code tensor}.
 */
package io.robusttrain.objective.loss;
