/**
 * Auto-PGD in Linf, L2 and L1, untargeted and targeted (Croce and Hein, 2020 and 2021).
 *
 * <p>In: A batch and a threat model. Out: The images that it broke, and how.
 *
 * <p>Imports {@code attack}, {@code tensor}.
 */
package io.robusttrain.attack.apgd;
