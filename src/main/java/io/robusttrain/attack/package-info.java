/**
 * Threat models and what every attack shares: the victim, the batch under attack, images that still
 * stand. The attacks themselves are in the rooms below.
 *
 * <p>In: Pixels in [0,1], labels, a classifier. Out: Adversarial pixels in the ball and the box.
 *
 * <p>Imports {@code model}, {@code tensor}.
 */
package io.robusttrain.attack;
