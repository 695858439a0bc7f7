/**
 * Models made of trained ones: averages of weights, and sparsified activations.
 *
 * <p>In: Model files, images. Out: An ordinary model file, and what was done to make it.
 *
 * <p>Imports {@code base}, {@code checkpoint}, {@code checkpoint.card}, {@code checkpoint.tensors},
 * {@code data.load}, {@code data.shard}, {@code evaluate}, {@code evaluate.plan}, {@code
 * evaluate.result}, {@code evaluate.run}, {@code model}, {@code model.family}, {@code model.layer},
 * {@code pretrained}, {@code storage}, {@code tensor}, {@code train.resume}.
 */
package io.robusttrain.refine;
