package io.robusttrain.speed;

import io.robusttrain.model.Architecture;
import io.robusttrain.train.worker.StepArithmetic;
import io.robusttrain.train.worker.SyntheticTraining;
import io.robusttrain.train.worker.ThreadPlan;

/**
 * The training step that is timed, on which executors and how often.
 *
 * @param architecture the model
 * @param executors workers that share a batch
 * @param replicas of each executor, which compute at the same time
 * @param threads of a replica
 * @param batch images of a step, a multiple of the number of all replicas
 * @param microBatch largest number of images that a replica computes at once
 * @param warmUp steps before the clock starts
 * @param steps that are timed, at least 1
 * @param arithmetic where steps are computed, and how exactly
 */
public record SpeedPlan(
    Architecture architecture,
    int executors,
    int replicas,
    int threads,
    int batch,
    int microBatch,
    int warmUp,
    int steps,
    StepArithmetic arithmetic) {
  private static final long SEED = 42;

  /** A multiply-add counts as two operations. */
  private static final int FLOPS_PER_MAC = 2;

  /** Attack: forward, gradient of the input. Training: forward, gradients of input and weights. */
  private static final int FORWARDS_PER_IMAGE = 5;

  public SpeedPlan {
    if (executors < 1 || replicas < 1 || threads < 1 || warmUp < 0 || steps < 1) {
      throw new IllegalArgumentException(
          "executors, replicas, threads and steps must be at least 1, warm-up at least 0: %d, %d, %d, %d, %d"
              .formatted(executors, replicas, threads, steps, warmUp));
    }
    int sharers = executors * replicas;
    String names = replicas == 1 ? "executors" : "replicas";
    if (batch % sharers != 0) {
      throw new IllegalArgumentException(
          "%d %s cannot share a batch of %d equally: choose a multiple"
              .formatted(sharers, names, batch));
    }
    int lanes =
        new SyntheticTraining(architecture, batch, microBatch, ThreadPlan.oneReplica(1), SEED)
            .microBatches();
    if (lanes % sharers != 0) {
      throw new IllegalArgumentException(
          "a batch of %d in micro-batches of %d makes %d, which %d %s cannot share equally: choose a micro-batch that divides %d"
              .formatted(batch, microBatch, lanes, sharers, names, batch / sharers));
    }
  }

  /** The training whose steps are timed. */
  public SyntheticTraining training() {
    ThreadPlan plan = new ThreadPlan(replicas, threads, 1);
    return new SyntheticTraining(architecture, batch, microBatch, plan, SEED, arithmetic);
  }

  /** Floating-point operations of one image in a step: 5 x 2 x its multiply-adds forward. */
  double flopsPerImage() {
    return (double) FORWARDS_PER_IMAGE * FLOPS_PER_MAC * architecture.macsPerImage();
  }
}
