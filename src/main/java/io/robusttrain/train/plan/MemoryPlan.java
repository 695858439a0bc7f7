package io.robusttrain.train.plan;

import io.robusttrain.config.RunConfig;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.model.Architecture;
import io.robusttrain.objective.Objective;
import io.robusttrain.train.worker.ThreadPlan;

/**
 * What an executor needs at most, estimated before launch.
 *
 * @param heapBytes Java heap: BigDL's copies of the flat vector, the optimiser's slice, encoded
 *     images
 * @param nativeBytes outside the heap: libraries, replicas, activations
 */
public record MemoryPlan(long heapBytes, long nativeBytes) {
  private static final long FLOAT = 4;

  /** Spark, BigDL and the JVM themselves. */
  private static final long BASE_HEAP = 300L << 20;

  /** libtorch and oneMKL, loaded and warm. */
  private static final long BASE_NATIVE = 600L << 20;

  /**
   * Flat vectors on the heap: broadcast weights, BigDL's weight and gradient blocks with their
   * compressed copies, and what a checkpoint gathers.
   */
  private static final int HEAP_VECTORS = 6;

  /** Moments and copies of a slice. */
  private static final int SLICE_VECTORS = 6;

  /** An average's slice, its copy for a checkpoint and its copy for validation. */
  private static final int AVERAGE_COPIES = 3;

  /**
   * Activation bytes kept for the backward pass, by multiply-add of one image's forward. XCiT-S12
   * (4.8 GMACs) at batch 8 took 2.2 GB resident in all, about 0.16 GB an image; this allows 0.19.
   */
  private static final double ACTIVATION_BYTES_PER_MAC = 0.04;

  private static final long ACTIVATION_BASE = 8L << 20;

  /** Estimates what one executor needs at most for a step of this run. */
  static MemoryPlan of(
      RunConfig config,
      Architecture architecture,
      ImageSet train,
      BatchOrder order,
      ThreadPlan threads,
      int executors) {
    int microBatch = config.train().microBatch();
    long vector = architecture.layout().size() * FLOAT;
    long encoded =
        order.shuffle() instanceof ShuffleMode.Blocks blocks
            ? averageBytes(train) * blocks.window() * order.lanes() / executors
            : train.encodedBytes();
    long side = architecture.imageSize();
    long share = (long) order.lanes() * microBatch / executors;
    long decoded = share * 3 * side * side * (config.data().prefetchSteps() + 2);
    long heap =
        BASE_HEAP
            + vector * (HEAP_VECTORS + threads.replicas())
            + vector * SLICE_VECTORS / executors
            + encoded
            + decoded;
    long natives =
        BASE_NATIVE + threads.replicas() * (2 * vector + activations(architecture, microBatch));
    return new MemoryPlan(heap, natives);
  }

  /** Bytes of activations that one forward keeps for its backward pass. */
  private static long activations(Architecture architecture, int microBatch) {
    return ACTIVATION_BASE
        + (long) (microBatch * architecture.macsPerImage() * ACTIVATION_BYTES_PER_MAC);
  }

  /**
   * This plan with what an objective needs beyond one forward: activations of further ones, and
   * vectors of the model's size for each replica.
   */
  MemoryPlan withObjective(
      Objective objective, Architecture architecture, ThreadPlan threads, int microBatch) {
    long further = (objective.keptForwards() - 1) * activations(architecture, microBatch);
    long vectors = (long) objective.furtherVectors() * architecture.layout().size() * FLOAT;
    return new MemoryPlan(heapBytes, nativeBytes + threads.replicas() * (further + vectors));
  }

  /** This plan with averages of the weights: slices and their copies, and a vector to validate. */
  MemoryPlan withAverages(int averages, Architecture architecture, int executors) {
    long vector = architecture.layout().size() * FLOAT;
    long slices = AVERAGE_COPIES * vector / executors;
    return new MemoryPlan(heapBytes + averages * (vector + slices), nativeBytes);
  }

  /** This plan with further encoded images on the heap. */
  MemoryPlan withImages(long encodedBytes) {
    return new MemoryPlan(heapBytes + encodedBytes, nativeBytes);
  }

  private static long averageBytes(ImageSet set) {
    return set.encodedBytes() / Math.max(1, set.sampleCount());
  }
}
