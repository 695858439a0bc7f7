/**
 * Which samples each step of each epoch takes: a pure function of sizes and seed.
 *
 * <p>In: Block sizes, batch settings, a seed. Out: Sample ids by lane and step.
 *
 * <p>Imports {@code data}, {@code data.shard}, {@code tensor}.
 */
package io.robusttrain.data.order;
