package io.robusttrain.cluster;

/**
 * Where a task of a stage runs.
 *
 * @param attempt the number of the task's attempt, different for all tasks of a process
 * @param host the name or address under which other processes reach this one
 */
public record StagePlace(long attempt, String host) {}
