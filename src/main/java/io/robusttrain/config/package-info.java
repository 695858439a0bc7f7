/**
 * The configuration of a run as immutable records, one a group of reference.conf, in the words of
 * the rooms whose parts they describe.
 *
 * <p>In: Checked values. Out: Records that are equal by value, and the parts that follow from them
 * alone.
 *
 * <p>Imports {@code attack}, {@code config.value}, {@code data.image}, {@code data.order}, {@code
 * data.shard}, {@code data.transform}, {@code model}, {@code objective}, {@code pretrained}, {@code
 * schedule}, {@code storage}, {@code tensor}.
 */
package io.robusttrain.config;
