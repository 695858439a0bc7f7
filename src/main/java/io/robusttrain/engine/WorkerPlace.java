package io.robusttrain.engine;

import java.io.Serializable;

/**
 * A worker's place among all.
 *
 * @param index 0 to workers - 1
 * @param workers the number of workers
 * @param replicas the replicas of each worker
 */
public record WorkerPlace(int index, int workers, int replicas) implements Serializable {}
