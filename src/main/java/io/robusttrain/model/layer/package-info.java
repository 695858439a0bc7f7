/**
 * The bricks of every family: convolutions, stems, norms, drop path, each declaring its tensors
 * under timm's names.
 *
 * <p>In: A scope in the tree of modules. Out: Layers that compute on libtorch tensors.
 *
 * <p>Imports {@code model}, {@code tensor}.
 */
package io.robusttrain.model.layer;
