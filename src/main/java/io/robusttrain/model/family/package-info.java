/**
 * The families, a file each, ViT some more, and the registry by timm's names.
 *
 * <p>In: A timm name and arguments. Out: An architecture, or a message with the nearest names and
 * arguments.
 *
 * <p>Imports {@code base}, {@code model}, {@code model.layer}, {@code model.layer.attention},
 * {@code tensor}.
 */
package io.robusttrain.model.family;
