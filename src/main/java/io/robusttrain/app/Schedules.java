package io.robusttrain.app;

import io.robusttrain.config.EpsScheduleConfig;
import io.robusttrain.config.LrScheduleConfig;
import io.robusttrain.config.OptimConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.StepOn;
import io.robusttrain.schedule.EpsilonSchedule;
import io.robusttrain.schedule.Granularity;
import io.robusttrain.schedule.LearningRateScaling;
import io.robusttrain.schedule.LearningRateSchedule;

/** The schedules that a configuration describes. */
public final class Schedules {
  private Schedules() {}

  /** Radius of the training attack. */
  public static EpsilonSchedule epsilon(RunConfig config) {
    EpsScheduleConfig schedule = config.epsSchedule();
    double eps = config.attack().radius();
    int period = schedule.period();
    int zeroEpochs = schedule.zeroEpochs();
    Granularity granularity = granularity(schedule.stepOn());
    return switch (schedule.type()) {
      case LINEAR -> new EpsilonSchedule.Linear(eps, period, zeroEpochs, granularity);
      case SINE -> new EpsilonSchedule.Sine(eps, period, zeroEpochs, granularity);
      case CONSTANT -> new EpsilonSchedule.Constant(eps, zeroEpochs, granularity);
    };
  }

  /** Learning rate, scaled to the global batch. */
  public static LearningRateSchedule learningRate(RunConfig config) {
    LrScheduleConfig schedule = config.lrSchedule();
    double peak = peakLearningRate(config);
    Granularity granularity = granularity(schedule.stepOn());
    LearningRateSchedule.WarmUp warmUp =
        new LearningRateSchedule.WarmUp(schedule.warmupEpochs(), schedule.warmupLr());
    return switch (schedule.type()) {
      case COSINE ->
          new LearningRateSchedule.Cosine(
              peak, schedule.minLr(), config.train().epochs(), warmUp, granularity);
      case STEP ->
          new LearningRateSchedule.StepDecay(
              peak, schedule.decayEpochs(), schedule.decayRate(), warmUp, granularity);
      case CONSTANT -> new LearningRateSchedule.Constant(peak, warmUp, granularity);
    };
  }

  /** {@code optim.lr}, scaled to the global batch. */
  public static double peakLearningRate(RunConfig config) {
    OptimConfig optim = config.optim();
    return scaling(optim.lrScaling())
        .scale(optim.lr(), config.train().globalBatch(), optim.lrBaseSize());
  }

  private static LearningRateScaling scaling(OptimConfig.LrScaling scaling) {
    return switch (scaling) {
      case NONE -> LearningRateScaling.NONE;
      case LINEAR -> LearningRateScaling.LINEAR;
      case SQRT -> LearningRateScaling.SQRT;
    };
  }

  private static Granularity granularity(StepOn stepOn) {
    return switch (stepOn) {
      case EPOCH -> Granularity.EPOCH;
      case STEP -> Granularity.STEP;
    };
  }
}
