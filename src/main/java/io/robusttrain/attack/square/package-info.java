/**
 * The Square attack, which asks for logits only (Andriushchenko et al., 2020).
 *
 * <p>In: A batch and a threat model. Out: The images that it broke, and how.
 *
 * <p>Imports {@code attack}, {@code tensor}.
 */
package io.robusttrain.attack.square;
