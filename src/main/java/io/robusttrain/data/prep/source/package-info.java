/**
 * Importers: each lists the images of one kind of source; image bytes are read where they are
 * written.
 *
 * <p>In: Folders, archives, or a seed for drawn images. Out: Names, classes and places of images.
 *
 * <p>Imports {@code data}.
 */
package io.robusttrain.data.prep.source;
