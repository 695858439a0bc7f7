/**
 * What counts as a run gone wrong, and what an alarm does.
 *
 * <p>In: The figures of steps and validations. Out: Alarms, an end, or a way back.
 *
 * <p>Imports {@code attack}, {@code attack.pgd}, {@code config}, {@code config.value}, {@code
 * data.load}, {@code engine}, {@code model}, {@code objective}, {@code tensor}, {@code train.plan},
 * {@code train.worker}.
 */
package io.robusttrain.train.guard;
