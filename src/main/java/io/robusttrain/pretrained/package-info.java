/**
 * Weights from elsewhere, fitted to an architecture: what does not fit is told all at once, what is
 * changed on the way is listed in a report.
 *
 * <p>In: Model files, run and checkpoint directories, safetensors and PyTorch files. Out: A flat
 * vector and a report.
 *
 * <p>Imports {@code base}, {@code checkpoint}, {@code checkpoint.card}, {@code checkpoint.pytorch},
 * {@code checkpoint.tensors}, {@code model}, {@code model.family}, {@code storage}, {@code tensor}.
 */
package io.robusttrain.pretrained;
