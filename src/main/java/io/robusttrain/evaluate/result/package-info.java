/**
 * What became of the images, and whether the number can be trusted.
 *
 * <p>In: Outcomes of stages. Out: Accuracies, flags, a comparison.
 *
 * <p>Imports {@code attack}, {@code attack.square}, {@code base}, {@code checkpoint.card}, {@code
 * data.shard}, {@code data.transform}, {@code evaluate.plan}, {@code evaluate.run}, {@code model},
 * {@code pretrained}.
 */
package io.robusttrain.evaluate.result;
