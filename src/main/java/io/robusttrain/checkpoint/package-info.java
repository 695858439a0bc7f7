/**
 * The checkpoints of a run, each complete or absent, and the state that a run goes on from.
 *
 * <p>In: Weights, slices of optimiser state, counters. Out: Verified checkpoints, newest first.
 *
 * <p>Imports {@code base}, {@code checkpoint.card}, {@code checkpoint.tensors}, {@code storage}.
 */
package io.robusttrain.checkpoint;
