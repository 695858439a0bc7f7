/**
 * What the operations of a training step cost: how often each runs, how long, how much memory it
 * reads, writes and asks for, as libtorch's own recorders see them.
 *
 * <p>In: A synthetic training. Out: Costs by operation and by kind, as text and JSON.
 *
 * <p>Imports {@code base}, {@code engine}, {@code tensor}, {@code train.worker}.
 */
package io.robusttrain.speed.profile;
