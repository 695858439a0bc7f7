/**
 * RobustSpeed: times a training step or the evaluation's attacks.
 *
 * <p>In: Arguments. Out: Tables and JSON.
 *
 * <p>Imports {@code app}, {@code app.cli}, {@code attack}, {@code base}, {@code bigdl}, {@code
 * collective}, {@code config}, {@code config.value}, {@code data}, {@code data.load}, {@code
 * data.prep}, {@code data.prep.source}, {@code data.shard}, {@code engine}, {@code model}, {@code
 * model.family}, {@code report}, {@code speed}, {@code speed.profile}, {@code tensor}, {@code
 * train.plan}, {@code train.worker}.
 */
package io.robusttrain.app.speed;
