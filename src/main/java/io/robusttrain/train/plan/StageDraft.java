package io.robusttrain.train.plan;

import io.robusttrain.config.AwpConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.Stage;
import io.robusttrain.config.value.Stage.Restart;
import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.objective.Objective;
import io.robusttrain.schedule.EpsilonSchedule;
import io.robusttrain.schedule.LearningRateSchedule;
import io.robusttrain.train.worker.ImageSource;
import io.robusttrain.train.worker.StepClock;
import io.robusttrain.train.worker.SupplyFactory;
import io.robusttrain.train.worker.ThreadPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The parts of a stage that follow from its configuration, before it has a place in its run.
 *
 * @param config of the stage
 * @param parts what follows from it
 * @param preprocessing of the model's input
 * @param architecture with the normalisation as its first layer
 * @param trained which tensors are trained, and how fast
 * @param objective what is minimised
 * @param order of the images
 * @param images of training and validation
 * @param samples of training
 * @param threads of an executor
 * @param memory of an executor and the driver
 */
record StageDraft(
    RunConfig config,
    RunParts parts,
    Preprocessing preprocessing,
    Architecture architecture,
    TrainedLayers trained,
    Objective objective,
    BatchOrder order,
    ImageSource images,
    SupplyFactory samples,
    ThreadPlan threads,
    MemoryPlan memory) {
  /** One multiply-add forward is one backward to the input, and one to the weights. */
  private static final int TRAINING = 3;

  private static final int ATTACK = 2;

  /** Optimiser steps of an epoch. */
  int stepsPerEpoch() {
    return Math.multiplyExact(order.stepsPerEpoch(), objective.replays());
  }

  /**
   * The clock of the stage.
   *
   * @param stage as the run's configuration has it, if it has stages
   */
  StepClock clock(StepClock.Start start, Optional<Stage> stage) {
    EpsilonSchedule epsilon = config.epsilonSchedule();
    if (stage.isPresent() && stage.get().restarts(Restart.EPS_SCHEDULE)) {
      epsilon = new EpsilonSchedule.After(start.epoch(), epsilon);
    }
    LearningRateSchedule rate = config.learningRateSchedule();
    if (stage.isPresent() && stage.get().restarts(Restart.LR_SCHEDULE)) {
      double peak = config.optim().peakLr(config.train().globalBatch());
      rate =
          new LearningRateSchedule.After(
              start.epoch(), config.lrSchedule().schedule(peak, stage.get().epochs()));
    }
    return new StepClock(start, stepsPerEpoch(), epsilon, rate);
  }

  /** The stage in figures. */
  Course.Span span(StepClock clock, int epochs) {
    double macs =
        IntStream.range(0, order.stepsPerEpoch())
                .mapToLong(step -> samples.samplesInStep(order, step))
                .sum()
            * (double) objective.replays()
            * config
                .model()
                .tokenDropping()
                .map(architecture::macsPerImage)
                .orElseGet(architecture::macsPerImage);
    List<Double> epochMacs = new ArrayList<>();
    for (int i = 0; i < epochs; i++) {
      epochMacs.add(macs * passes(clock, clock.start().epoch() + i));
    }
    return new Course.Span(
        clock.start().epoch(), clock.start().step(), clock.stepsPerEpoch(), epochMacs);
  }

  /** How many times the multiply-adds of a forward an epoch takes for each image. */
  private int passes(StepClock clock, int epoch) {
    boolean attacks = clock.radius(clock.firstStep(epoch + 1) - 1) > 0;
    AwpConfig awp = config.objective().awp();
    boolean perturbs = awp.gamma().isSet() && epoch >= awp.warmupEpochs();
    return TRAINING * objective.keptForwards()
        + (config.objective().cleanForward() ? 1 : 0)
        + (perturbs ? TRAINING : 0)
        + (attacks ? ATTACK * ObjectiveParts.attackSteps(config) : 0);
  }
}
