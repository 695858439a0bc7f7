/**
 * What a run does when it is disturbed from outside: which failures are worth another attempt, how
 * long nothing may move, with which executors it goes on. Knows engines only by their interface.
 * May import {@code config}, {@code engine} and {@code report}.
 */
package io.robusttrain.train.recovery;
