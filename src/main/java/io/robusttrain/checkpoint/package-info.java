/**
 * What a run leaves behind and comes back to: safetensors files, model files with everything that
 * is needed to use them, and training checkpoints that are complete or absent on any Hadoop file
 * system. May import {@code tensor}; it works on plain Java arrays and Hadoop paths.
 */
package io.robusttrain.checkpoint;
