/**
 * What a worker does in a step: its replicas, its samples, its slice.
 *
 * <p>In: A training job, shipped to executors once. Out: Gradients, updated slices, reports.
 *
 * <p>Imports {@code attack}, {@code attack.pgd}, {@code base}, {@code data.load}, {@code
 * data.order}, {@code data.shard}, {@code data.transform}, {@code engine}, {@code model}, {@code
 * objective}, {@code objective.loss}, {@code optim}, {@code schedule}, {@code tensor}.
 */
package io.robusttrain.train.worker;
