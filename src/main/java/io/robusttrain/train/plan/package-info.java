/**
 * A configuration, checked against its data and its cluster, becomes the parts of a run: model,
 * objective, data, optimiser, memory, threads.
 *
 * <p>In: A RunConfig. Out: A RunPlan, or everything that stands against it.
 *
 * <p>Imports {@code attack}, {@code attack.pgd}, {@code base}, {@code checkpoint.card}, {@code
 * checkpoint.tensors}, {@code config}, {@code config.read}, {@code config.value}, {@code data},
 * {@code data.image}, {@code data.load}, {@code data.order}, {@code data.shard}, {@code
 * data.transform}, {@code engine}, {@code model}, {@code model.family}, {@code objective}, {@code
 * objective.around}, {@code objective.loss}, {@code objective.mix}, {@code optim}, {@code
 * pretrained}, {@code schedule}, {@code tensor}, {@code train.worker}.
 */
package io.robusttrain.train.plan;
