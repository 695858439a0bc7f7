package io.robusttrain.engine;

import java.io.Serializable;

/**
 * A worker's place among all.
 *
 * @param index 0 to workers - 1
 * @param workers the number of workers
 * @param replicas the replicas of each worker
 */
public record WorkerPlace(int index, int workers, int replicas) implements Serializable {
  /**
   * The first element of this worker's slice of a vector: slices are consecutive, and the first
   * {@code size % workers} have one element more.
   */
  public int sliceStart(int size) {
    return index * (size / workers) + Math.min(index, size % workers);
  }

  /** The elements of this worker's slice of a vector. */
  public int sliceLength(int size) {
    return size / workers + (index < size % workers ? 1 : 0);
  }

  /** The replicas of all workers. */
  public int totalReplicas() {
    return workers * replicas;
  }
}
