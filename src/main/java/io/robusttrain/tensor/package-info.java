/**
 * The thin layer over libtorch: ownership of native memory, the device, the threads that enter
 * native code, seeded randomness and the flat parameter vector. Nothing outside it names CPU or
 * CUDA.
 *
 * <p>In: Java arrays and seed keys. Out: Tensors that belong to the scope of the caller.
 *
 * <p>Shape legend used throughout the project: B batch, C channels, H height, W width, N tokens, D
 * dim, K classes, P parameters.
 *
 * <p>Imports nothing of ours.
 */
package io.robusttrain.tensor;
