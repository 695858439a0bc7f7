/**
 * What is evaluated: a model file, the chosen images, the attacks and radii, checked before
 * anything is computed.
 *
 * <p>In: A request. Out: An immutable plan, or what stands against it.
 *
 * <p>Imports {@code attack}, {@code attack.catalog}, {@code base}, {@code checkpoint.card}, {@code
 * data.image}, {@code data.load}, {@code data.shard}, {@code data.transform}, {@code model}, {@code
 * model.family}, {@code pretrained}, {@code storage}, {@code tensor}.
 */
package io.robusttrain.evaluate.plan;
