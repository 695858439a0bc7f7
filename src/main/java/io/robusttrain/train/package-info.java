/**
 * One run from its first step, or from its newest checkpoint, to its report: what happens at a step
 * and at a pause, in which order.
 *
 * <p>In: A plan, an engine, a run directory. Out: Metrics, checkpoints, the best model.
 *
 * <p>Imports {@code attack}, {@code attack.pgd}, {@code base}, {@code checkpoint}, {@code
 * checkpoint.card}, {@code checkpoint.tensors}, {@code config}, {@code config.read}, {@code
 * config.value}, {@code data}, {@code data.load}, {@code data.order}, {@code data.shard}, {@code
 * data.transform}, {@code engine}, {@code model}, {@code objective}, {@code objective.loss}, {@code
 * pretrained}, {@code report}, {@code report.view}, {@code run}, {@code storage}, {@code tensor},
 * {@code train.guard}, {@code train.plan}, {@code train.recovery}, {@code train.resume}, {@code
 * train.worker}.
 */
package io.robusttrain.train;
