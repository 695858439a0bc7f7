/**
 * The thin layer over libtorch: ownership of native memory, device, threads, seeded randomness and
 * the flat parameter vector. Imports nothing of ours; nothing outside it names CPU or CUDA.
 *
 * <p>Shape legend used throughout the project: B batch, C channels, H height, W width, N tokens, D
 * dim, K classes, P parameters.
 */
package io.robusttrain.tensor;
