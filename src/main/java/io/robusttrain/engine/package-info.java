/**
 * The seam between what is trained and what distributes it: an engine moves flat vectors between
 * workers and tells each which step to compute; it knows nothing of images, models or attacks.
 *
 * <p>In: A worker factory, start weights. Out: Steps in order, weights, slices.
 *
 * <p>Imports nothing of ours.
 */
package io.robusttrain.engine;
