/**
 * Image transforms with the arithmetic of Pillow and torchvision, every random draw from an
 * explicit key.
 *
 * <p>In: 8-bit RGB images. Out: Planar samples of the size that the model takes.
 *
 * <p>Imports {@code data}, {@code data.image}, {@code schedule}, {@code tensor}.
 */
package io.robusttrain.data.transform;
