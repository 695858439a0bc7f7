/**
 * What a run starts from and what it leaves: its newest checkpoint, foreign or random weights;
 * writing and restoring its whole state.
 *
 * <p>In: A run directory and a plan. Out: A starting point, and checkpoints.
 *
 * <p>Imports {@code checkpoint}, {@code checkpoint.card}, {@code checkpoint.tensors}, {@code
 * config}, {@code config.read}, {@code config.value}, {@code data.order}, {@code engine}, {@code
 * model}, {@code objective}, {@code optim}, {@code pretrained}, {@code report}, {@code run}, {@code
 * storage}, {@code tensor}, {@code train.plan}, {@code train.worker}.
 */
package io.robusttrain.train.resume;
