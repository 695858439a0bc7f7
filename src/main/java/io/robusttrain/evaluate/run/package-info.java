/**
 * Stages of attacks over blocks of images: each block is committed by its executor, so that an
 * interrupted evaluation goes on where it was.
 *
 * <p>In: A plan's stages. Out: The outcome of each block.
 *
 * <p>Imports {@code attack}, {@code base}, {@code data.load}, {@code data.shard}, {@code
 * data.transform}, {@code evaluate.plan}, {@code model}, {@code storage}, {@code tensor}.
 */
package io.robusttrain.evaluate.run;
