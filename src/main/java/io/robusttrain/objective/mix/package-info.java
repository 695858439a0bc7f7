/**
 * MixUp and CutMix as timm mixes, and an objective on mixed images.
 *
 * <p>In: A micro-batch and its targets. Out: A mixed one.
 *
 * <p>Imports {@code attack}, {@code objective}, {@code schedule}, {@code tensor}.
 */
package io.robusttrain.objective.mix;
