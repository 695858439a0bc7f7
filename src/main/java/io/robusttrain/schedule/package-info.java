/**
 * Epsilon and learning-rate schedules: pure functions of epoch and step. Imports nothing of ours.
 */
package io.robusttrain.schedule;
