/**
 * Schedules of epsilon, the learning rate and the strength of augmentation: pure functions of epoch
 * and step. Imports nothing of ours.
 */
package io.robusttrain.schedule;
