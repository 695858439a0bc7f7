/**
 * Encoded images to RGB, with the pixels that Pillow gives.
 *
 * <p>In: JPEG, PNG or WebP bytes. Out: 8-bit RGB, or a message that says what is broken.
 *
 * <p>Imports {@code data}, {@code tensor}.
 */
package io.robusttrain.data.image;
