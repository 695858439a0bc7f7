/**
 * The run: what a worker does in a step, epochs, validation, checkpoints, selection of the best.
 * May import everything but {@code app} and {@code bigdl}; it drives any {@code engine}.
 */
package io.robusttrain.train;
