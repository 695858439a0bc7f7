package io.robusttrain.train.worker;

import java.io.Serializable;

/**
 * How an executor's cores are divided, once, before the first operation.
 *
 * @param replicas replicas that compute at the same time
 * @param intraOp threads inside one operation of a replica
 * @param decode threads that decode and augment images
 */
public record ThreadPlan(int replicas, int intraOp, int decode) implements Serializable {
  public ThreadPlan {
    if (replicas < 1 || intraOp < 1 || decode < 1) {
      throw new IllegalArgumentException(
          "a thread plan needs at least one of each: %d replicas, %d intra-op, %d decoding"
              .formatted(replicas, intraOp, decode));
    }
  }

  /** One replica that has all cores. */
  public static ThreadPlan oneReplica(int cores) {
    return sharedCores(1, cores);
  }

  /** As many replicas as cores, each with one of them. */
  public static ThreadPlan replicaPerCore(int cores) {
    return sharedCores(cores, cores);
  }

  /** Some replicas, each of which has its share of the cores, at least one. */
  public static ThreadPlan sharedCores(int replicas, int cores) {
    return new ThreadPlan(replicas, Math.max(1, cores / replicas), defaultDecode(cores));
  }

  /** This with other numbers of threads. */
  public ThreadPlan with(int newIntraOp, int newDecode) {
    return new ThreadPlan(replicas, newIntraOp, newDecode);
  }

  // Decoding runs beside the arithmetic and must not take its cores: a quarter is plenty.
  private static int defaultDecode(int cores) {
    return Math.max(1, cores / 4);
  }
}
