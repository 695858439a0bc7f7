/**
 * Schedules of epsilon, the learning rate and the strength of augmentation: pure functions of epoch
 * and step.
 *
 * <p>In: The numbers of a configuration. Out: The radius, the rate or the strength of a step.
 *
 * <p>Imports nothing of ours.
 */
package io.robusttrain.schedule;
