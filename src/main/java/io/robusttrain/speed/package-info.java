/**
 * How fast a training step and the evaluation's attacks are on this machine, and where their time
 * goes.
 *
 * <p>In: A plan and an engine. Out: Figures as text, JSON and Markdown.
 *
 * <p>Imports {@code attack}, {@code attack.apgd}, {@code attack.catalog}, {@code attack.fab},
 * {@code attack.pgd}, {@code attack.square}, {@code base}, {@code data.load}, {@code data.order},
 * {@code data.shard}, {@code data.transform}, {@code engine}, {@code model}, {@code objective.mix},
 * {@code report}, {@code tensor}, {@code train}, {@code train.worker}.
 */
package io.robusttrain.speed;
