package io.robusttrain.train.plan;

import io.robusttrain.config.DistributionConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.data.shard.Block;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.engine.ExchangeMemory;
import io.robusttrain.model.Architecture;
import io.robusttrain.objective.Objective;
import io.robusttrain.train.worker.ImageSource;
import io.robusttrain.train.worker.ThreadPlan;
import java.util.Comparator;

/**
 * What an executor and the driver need at most, estimated before launch.
 *
 * @param heapBytes Java heap of an executor: copies of the flat vector, the optimiser's slice,
 *     encoded and decoded images, row groups
 * @param storageBytes of that, what Spark must be able to hold in its storage memory while steps
 *     are run: where it does not fit, the engine does not begin
 * @param nativeBytes of an executor outside the heap: libraries, replicas, activations
 * @param driverBytes Java heap of the driver: flat vectors, and what Spark needs
 * @param driverOnlyBytes of that, what comes on top of the executors' with a local master
 */
public record MemoryPlan(
    long heapBytes, long storageBytes, long nativeBytes, long driverBytes, long driverOnlyBytes) {
  private static final long FLOAT = 4;

  /** Spark, BigDL and the JVM themselves, on an executor and on the driver. */
  private static final long BASE_HEAP = 300L << 20;

  /** libtorch and oneMKL, loaded and warm. */
  private static final long BASE_NATIVE = 600L << 20;

  /**
   * Flat vectors on the heap: a broadcast of weights (value and pieces), the weights of the model,
   * gradients for the other workers, what arrives of theirs, and what a checkpoint gathers.
   */
  private static final int HEAP_VECTORS = 6;

  /** Moments and copies of a slice. */
  private static final int SLICE_VECTORS = 6;

  /**
   * Flat vectors on the driver: what a leg begins with, BigDL's broadcast of it (value and pieces),
   * its model's weights and gradients; the weights of a pause, the pieces of a validation's
   * broadcast, and what arrives meanwhile.
   */
  private static final int DRIVER_VECTORS = 8;

  /** Of them, broadcasts: with a local master the executors' are the same arrays. */
  private static final int SHARED_VECTORS = 4;

  /** An average's slice, its copy for a checkpoint and its copy for validation. */
  private static final int AVERAGE_COPIES = 3;

  /**
   * Activation bytes kept for the backward pass, by multiply-add of one image's forward. XCiT-S12
   * (4.8 GMACs) at batch 8 took 2.2 GB resident in all, about 0.16 GB an image; this allows 0.19.
   */
  private static final double ACTIVATION_BYTES_PER_MAC = 0.04;

  private static final long ACTIVATION_BASE = 8L << 20;

  /** Estimates what one executor needs at most for a step of this run, and its driver. */
  static MemoryPlan of(
      RunConfig config,
      Architecture architecture,
      ImageSet train,
      ImageSet validation,
      BatchOrder order,
      ThreadPlan threads,
      int executors) {
    int microBatch = config.train().microBatch();
    long vector = architecture.layout().size() * FLOAT;
    long side = architecture.imageSize();
    long share = (long) order.lanes() * microBatch / executors;
    long decoded = share * 3 * side * side * (config.data().prefetchSteps() + 2);
    // A replica holds a unit, and one more than those made ahead is being made.
    long units = threads.replicas() + ImageSource.UNITS_AHEAD + 1L;
    long validated =
        units * config.validation().batch() * 3 * side * side + rowGroups(validation, 1);
    long heap =
        BASE_HEAP
            + vector * (HEAP_VECTORS + threads.replicas())
            + vector * SLICE_VECTORS / executors
            + training(train, order, threads, executors, decoded + validated);
    boolean collective =
        config.distribution().chosenEngine() == DistributionConfig.Engine.COLLECTIVE;
    long storage = collective ? 0 : blocks(config, architecture, threads, executors);
    // What a worker's slice receives of all others, and their sum.
    long received = collective ? vector : 0;
    long natives =
        BASE_NATIVE
            + received
            + threads.replicas() * (2 * vector + activations(architecture, microBatch));
    return new MemoryPlan(
        heap,
        storage,
        natives,
        driverBytes(architecture),
        vector * (DRIVER_VECTORS - SHARED_VECTORS));
  }

  /** Java heap of a driver for the flat vectors of this size, and what Spark needs. */
  static long driverBytes(Architecture architecture) {
    return BASE_HEAP + architecture.layout().size() * FLOAT * DRIVER_VECTORS;
  }

  /** Bytes of what BigDL's engine keeps in Spark's storage memory. */
  private static long blocks(
      RunConfig config, Architecture architecture, ThreadPlan threads, int executors) {
    return ExchangeMemory.bytes(
        executors,
        threads.replicas(),
        architecture.layout().size(),
        config.distribution().compression().elementBytes());
  }

  /**
   * Bytes of training images on the heap: windows and the row group that each lane reads from, or
   * the whole split, which is read by all decoding threads before anything is decoded.
   *
   * @param decoded bytes of decoded images
   */
  private static long training(
      ImageSet train, BatchOrder order, ThreadPlan threads, int executors, long decoded) {
    if (order.shuffle() instanceof ShuffleMode.Blocks blocks) {
      int lanes = Math.max(1, order.lanes() / executors);
      return averageBytes(train) * blocks.window() * order.lanes() / executors
          + rowGroups(train, lanes)
          + decoded;
    }
    return train.encodedBytes() + Math.max(rowGroups(train, threads.decode()), decoded);
  }

  /** Bytes of so many row groups, if they are the largest. */
  static long rowGroups(ImageSet set, int count) {
    return set.blocks().stream()
        .map(Block::bytes)
        .sorted(Comparator.reverseOrder())
        .limit(count)
        .mapToLong(Long::longValue)
        .sum();
  }

  /**
   * Bytes of activations that one forward keeps for its backward pass, with all tokens: validation
   * attacks through all of them, whatever training leaves out.
   */
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
    return new MemoryPlan(
        heapBytes,
        storageBytes,
        nativeBytes + threads.replicas() * (further + vectors),
        driverBytes,
        driverOnlyBytes);
  }

  /** This plan with averages of the weights: slices and their copies, and a vector to validate. */
  MemoryPlan withAverages(int averages, Architecture architecture, int executors) {
    long vector = architecture.layout().size() * FLOAT;
    long slices = AVERAGE_COPIES * vector / executors;
    return new MemoryPlan(
        heapBytes + averages * (vector + slices),
        storageBytes,
        nativeBytes,
        driverBytes + averages * vector,
        driverOnlyBytes + averages * vector);
  }

  /**
   * This plan with a second network that is validated: its vectors in each replica, a vector on the
   * heaps, and its images.
   *
   * @param validated what is validated; nothing is needed where it is what is trained
   * @param batch images of a unit
   */
  MemoryPlan withValidated(
      Architecture validated, Architecture trained, ThreadPlan threads, int batch) {
    if (validated == trained) {
      return this;
    }
    long vector = validated.layout().size() * FLOAT;
    long side = validated.imageSize();
    long units = threads.replicas() + ImageSource.UNITS_AHEAD + 1L;
    return new MemoryPlan(
        heapBytes + vector + units * batch * 3 * side * side,
        storageBytes,
        nativeBytes + threads.replicas() * 2L * vector,
        driverBytes + vector,
        driverOnlyBytes + vector);
  }

  /** This plan with further encoded images on the heap. */
  MemoryPlan withImages(long encodedBytes) {
    return new MemoryPlan(
        heapBytes + encodedBytes, storageBytes, nativeBytes, driverBytes, driverOnlyBytes);
  }

  private static long averageBytes(ImageSet set) {
    return set.encodedBytes() / Math.max(1, set.sampleCount());
  }
}
