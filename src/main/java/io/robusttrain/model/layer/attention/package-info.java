/**
 * Attention of every kind: between tokens, between channels, of a class token, inside windows, each
 * declaring its tensors under timm's names.
 *
 * <p>In: A scope in the tree of modules. Out: Layers that compute on libtorch tensors.
 *
 * <p>Imports {@code model.layer}, {@code tensor}.
 */
package io.robusttrain.model.layer.attention;
