package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Unit;
import io.robusttrain.schedule.Granularity;
import io.robusttrain.schedule.LearningRateSchedule;
import java.io.Serializable;

/**
 * Group {@code lr-schedule}: learning rate by epoch.
 *
 * @param type shape after the warm-up
 * @param warmupEpochs epochs of linear rise from {@code warmupLr}; part of the epochs
 * @param warmupLr rate of epoch 0 when there is a warm-up
 * @param minLr cosine: rate at the end
 * @param cooldownEpochs cosine: epochs at {@code minLr}, added to the epochs
 * @param decayEpochs step: epochs between two decays
 * @param decayRate step: factor of a decay, (0,1]
 * @param stepOn when the rate changes
 */
public record LrScheduleConfig(
    Type type,
    @Unit(Unit.Kind.EPOCHS) int warmupEpochs,
    double warmupLr,
    double minLr,
    @Unit(Unit.Kind.EPOCHS) int cooldownEpochs,
    @Unit(Unit.Kind.EPOCHS) int decayEpochs,
    double decayRate,
    Granularity stepOn)
    implements Serializable {

  /** Shapes after the warm-up. */
  public enum Type {
    COSINE,
    /** A factor every few epochs. */
    STEP,
    /** The peak rate until the end. */
    CONSTANT
  }

  /**
   * The learning rate by epoch.
   *
   * @param peak rate after the warm-up, already scaled to the global batch
   * @param epochs of the run, without the cool-down
   */
  public LearningRateSchedule schedule(double peak, int epochs) {
    LearningRateSchedule.WarmUp warmUp = new LearningRateSchedule.WarmUp(warmupEpochs, warmupLr);
    return switch (type) {
      case COSINE -> new LearningRateSchedule.Cosine(peak, minLr, epochs, warmUp, stepOn);
      case STEP -> new LearningRateSchedule.StepDecay(peak, decayEpochs, decayRate, warmUp, stepOn);
      case CONSTANT -> new LearningRateSchedule.Constant(peak, warmUp, stepOn);
    };
  }

  static LrScheduleConfig from(Section section) {
    return new LrScheduleConfig(
        section.get("type", Parsers.choice(Type.class)),
        section.get("warmup-epochs", Parsers.epochs(0)),
        section.get("warmup-lr", Parsers.real(0, 1000)),
        section.get("min-lr", Parsers.real(0, 1000)),
        section.get("cooldown-epochs", Parsers.epochs(0)),
        section.get("decay-epochs", Parsers.epochs(1)),
        section.get("decay-rate", Parsers.positive(1)),
        section.get("step-on", Parsers.choice(Granularity.class)));
  }
}
