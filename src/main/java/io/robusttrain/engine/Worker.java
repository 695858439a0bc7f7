package io.robusttrain.engine;

import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * One executor's share of training: data loading, the replicas that compute gradients, and the
 * optimiser of one slice of the flat vector. An engine creates one worker a partition and calls it
 * for every step in the order {@link #load}, {@link #compute} (once a replica, from several threads
 * at a time), {@link #update}.
 */
public interface Worker extends AutoCloseable {
  /** Blocks until the samples of a step are there. */
  void load(long step);

  /**
   * Computes one replica's share of the step's gradient.
   *
   * <p>Gradients are scaled such that their mean over all replicas of all workers is the gradient
   * of the step's mean loss. A gradient of nothing but NaN says that no worker may apply the step:
   * an engine's sum keeps NaN, so every worker finds it in its slice.
   *
   * @param step the step that {@link #load} was called with
   * @param replica 0 to replicas - 1
   * @param weights the flat vector (P)
   * @param gradients receives the gradient (P)
   * @return the replica's loss, scaled like the gradient
   */
  double compute(long step, int replica, FloatSlice weights, FloatSlice gradients);

  /**
   * The vectors that a replica computes with, for an engine that puts weights there and takes
   * gradients from there without a copy through the Java heap. Nothing where a worker has none, or
   * has them on another device; an engine then uses arrays.
   *
   * <p>Between two calls of {@link #compute(long, int)} they are the engine's. What else a worker
   * does, such as validation, may overwrite both.
   */
  default Optional<NativeVectors> vectors(int replica) {
    return Optional.empty();
  }

  /**
   * Computes as {@link #compute(long, int, FloatSlice, FloatSlice)} does, with the weights that lie
   * in the replica's own {@link #vectors}, and leaves the gradient there.
   *
   * @throws UnsupportedOperationException if the worker has none
   */
  default double compute(long step, int replica) {
    throw new UnsupportedOperationException("this worker computes with arrays");
  }

  /**
   * As {@link #compute(long, int)}, and tells meanwhile which parts of the gradient are complete:
   * they do not change any more, unless the whole gradient becomes NaN in the end.
   *
   * @param complete is told numbers of {@link NativeVectors#partEnds}, each at most once and not
   *     necessarily all, on the replica's thread, which it must not keep
   */
  default double compute(long step, int replica, IntConsumer complete) {
    return compute(step, replica);
  }

  /**
   * Updates this worker's slice of the flat vector in place.
   *
   * @param sliceStart the slice's first element in the flat vector
   * @param weights the slice's elements
   * @param gradients their gradients, the mean over all replicas
   */
  void update(long step, int sliceStart, FloatSlice weights, FloatSlice gradients);

  /**
   * The sum of squared gradients over the parameters (not statistics) in a slice.
   *
   * @param sliceStart the slice's first element in the flat vector
   */
  double squaredGradientNorm(int sliceStart, FloatSlice gradients);

  /**
   * A copy of this worker's slice after its last update.
   *
   * @throws IllegalStateException before the first update
   */
  WorkerSlice weights();

  /** Returns the account of all steps since the last call, and begins a new one. */
  WorkerReport takeReport();

  @Override
  void close();
}
