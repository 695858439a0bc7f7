/**
 * Weights from elsewhere: reads model files of this project, run and checkpoint directories,
 * safetensors files and PyTorch files under timm's names, and fits them to an architecture. What
 * does not fit is told all at once; what is changed on the way is listed in a report. May import
 * {@code checkpoint}, {@code model} and {@code tensor}.
 */
package io.robusttrain.pretrained;
