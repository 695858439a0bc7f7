/**
 * What a run does when it is disturbed from outside: which failures are worth another attempt, how
 * long nothing may move, with which executors it goes on.
 *
 * <p>In: Failures of an engine. Out: Another attempt, or the reason why not.
 *
 * <p>Imports {@code base}, {@code config}, {@code engine}, {@code report}, {@code storage}.
 */
package io.robusttrain.train.recovery;
