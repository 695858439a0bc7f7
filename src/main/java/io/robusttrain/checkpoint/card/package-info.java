/**
 * What a model file says of itself: what builds it, what its input is, where it comes from, how it
 * scored, whether its bytes are whole.
 *
 * <p>In: A model's description and weights. Out: One safetensors file that needs nothing else.
 *
 * <p>Imports {@code base}, {@code checkpoint.tensors}, {@code storage}.
 */
package io.robusttrain.checkpoint.card;
