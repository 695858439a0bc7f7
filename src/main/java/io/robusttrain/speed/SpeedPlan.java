package io.robusttrain.speed;

import io.robusttrain.model.Architecture;
import io.robusttrain.train.worker.SyntheticTraining;
import io.robusttrain.train.worker.ThreadPlan;

/**
 * The training step that is timed, on which executors and how often.
 *
 * @param architecture the model
 * @param executors workers that share a batch, of one replica each
 * @param threads of a replica
 * @param batch images of a step over all executors, a multiple of their number
 * @param microBatch largest number of images that a replica computes at once
 * @param warmUp steps before the clock starts
 * @param steps that are timed, at least 1
 */
public record SpeedPlan(
    Architecture architecture,
    int executors,
    int threads,
    int batch,
    int microBatch,
    int warmUp,
    int steps) {
  private static final long SEED = 42;

  /** A multiply-add counts as two operations. */
  private static final int FLOPS_PER_MAC = 2;

  /** Attack: forward, gradient of the input. Training: forward, gradients of input and weights. */
  private static final int FORWARDS_PER_IMAGE = 5;

  public SpeedPlan {
    if (executors < 1 || threads < 1 || warmUp < 0 || steps < 1) {
      throw new IllegalArgumentException(
          "executors, threads and steps must be at least 1, warm-up at least 0: %d, %d, %d, %d"
              .formatted(executors, threads, steps, warmUp));
    }
    if (batch % executors != 0) {
      throw new IllegalArgumentException(
          "%d executors cannot share a batch of %d equally: choose a multiple"
              .formatted(executors, batch));
    }
    int lanes =
        new SyntheticTraining(architecture, batch, microBatch, ThreadPlan.oneReplica(1), SEED)
            .microBatches();
    if (lanes % executors != 0) {
      throw new IllegalArgumentException(
          "a batch of %d in micro-batches of %d makes %d, which %d executors cannot share equally: choose a micro-batch that divides %d"
              .formatted(batch, microBatch, lanes, executors, batch / executors));
    }
  }

  /** The training whose steps are timed. */
  public SyntheticTraining training() {
    ThreadPlan plan = new ThreadPlan(1, threads, 1);
    return new SyntheticTraining(architecture, batch, microBatch, plan, SEED);
  }

  /** Floating-point operations of one image in a step: 5 x 2 x its multiply-adds forward. */
  double flopsPerImage() {
    return (double) FORWARDS_PER_IMAGE * FLOPS_PER_MAC * architecture.macsPerImage();
  }
}
