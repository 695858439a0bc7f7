/**
 * Projected gradient descent and FGSM: the attack of training and of validation, and PGD as an
 * evaluation.
 *
 * <p>In: A batch and a threat model. Out: Adversarial pixels.
 *
 * <p>Imports {@code attack}, {@code model}, {@code tensor}.
 */
package io.robusttrain.attack.pgd;
