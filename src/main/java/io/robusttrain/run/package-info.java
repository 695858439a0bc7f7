/**
 * The run directory: configuration, manifest, metrics, checkpoints and the best model of one run.
 *
 * <p>In: A run id and a folder on a Hadoop file system. Out: Files in their places, each whole or
 * absent.
 *
 * <p>Imports {@code base}, {@code checkpoint}, {@code storage}.
 */
package io.robusttrain.run;
