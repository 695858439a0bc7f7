/**
 * Loaders: read, decode and transform the samples of a step ahead of time, in bounded memory.
 *
 * <p>In: An image set, an order, a transform. Out: Micro-batches and evaluation units ready for the
 * model.
 *
 * <p>Imports {@code base}, {@code data}, {@code data.image}, {@code data.order}, {@code
 * data.shard}, {@code data.transform}, {@code tensor}.
 */
package io.robusttrain.data.load;
