package io.robusttrain.train.worker;

import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.order.LastBatch;
import io.robusttrain.data.order.ShuffleMode;
import io.robusttrain.engine.WorkerFactory;
import io.robusttrain.model.Architecture;
import io.robusttrain.objective.loss.AdversarialCrossEntropy;
import io.robusttrain.optim.AdamW;
import io.robusttrain.schedule.EpsilonSchedule;
import io.robusttrain.schedule.Granularity;
import io.robusttrain.schedule.LearningRateSchedule;
import java.util.List;

/**
 * Training without a data set: each step takes the same random images. The workers are those of a
 * real run, with the published recipe's FGSM (epsilon 4/255, random start, eval mode), label
 * smoothing 0.1 and AdamW.
 *
 * @param architecture what is trained
 * @param batch images of a step over all workers, at least 1
 * @param microBatch largest number of images that a replica computes at once, at least 1
 * @param threads of a worker
 * @param seed of weights, images and attack noise
 * @param arithmetic where steps are computed, and how exactly
 */
public record SyntheticTraining(
    Architecture architecture,
    int batch,
    int microBatch,
    ThreadPlan threads,
    long seed,
    StepArithmetic arithmetic) {
  private static final double EPSILON = 4 / 255.0;
  private static final double SMOOTHING = 0.1;
  private static final double LEARNING_RATE = 1e-4;
  private static final double WEIGHT_DECAY = 0.05;

  public SyntheticTraining {
    if (batch < 1 || microBatch < 1) {
      throw new IllegalArgumentException(
          "batch and micro-batch must be at least 1, got %d and %d".formatted(batch, microBatch));
    }
  }

  /** As the canonical constructor, in float32 on the host's cores. */
  public SyntheticTraining(
      Architecture architecture, int batch, int microBatch, ThreadPlan threads, long seed) {
    this(architecture, batch, microBatch, threads, seed, StepArithmetic.CPU);
  }

  /** Micro-batches of a step; a multiple of the number of workers. */
  public int microBatches() {
    return order().lanes();
  }

  /** Creates the workers, on their executors. */
  public WorkerFactory<ReplicaWorker> workerFactory() {
    LearningRateSchedule.WarmUp none = new LearningRateSchedule.WarmUp(0, 0);
    return ReplicaWorker.factory(
        new TrainingJob(
            architecture,
            architecture,
            arithmetic.of(
                new AdversarialCrossEntropy(SMOOTHING, ProjectedGradientDescent.fgsm(EPSILON))),
            new StepClock(
                1,
                new EpsilonSchedule.Constant(EPSILON, 0, Granularity.EPOCH),
                new LearningRateSchedule.Constant(LEARNING_RATE, none, Granularity.EPOCH)),
            new AdamW(architecture.layout(), WEIGHT_DECAY),
            order(),
            new RandomImages(architecture.imageSize(), architecture.numClasses()),
            seed,
            arithmetic.device(),
            threads,
            arithmetic.fp32()));
  }

  /** The flat vector (P) that training starts from. */
  public float[] initialWeights() {
    return InitialWeights.random(architecture, seed);
  }

  /** An epoch is one step, so each step takes all images there are. */
  private BatchOrder order() {
    return new BatchOrder(
        List.of(batch), batch, microBatch, seed, new ShuffleMode.Full(), LastBatch.DROP);
  }
}
