package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Unit;
import io.robusttrain.schedule.EpsilonSchedule;
import io.robusttrain.schedule.Granularity;
import java.io.Serializable;

/**
 * Group {@code eps-schedule}: radius of the training attack by epoch.
 *
 * @param type shape of the rise
 * @param period epochs until the full radius, counted from the first
 * @param zeroEpochs epochs of radius 0 at the start
 * @param stepOn when the radius changes
 */
public record EpsScheduleConfig(
    Type type,
    @Unit(Unit.Kind.EPOCHS) int period,
    @Unit(Unit.Kind.EPOCHS) int zeroEpochs,
    Granularity stepOn)
    implements Serializable {

  /** Shapes of the rise. */
  public enum Type {
    LINEAR,
    /** Half a wave, flat at both ends. */
    SINE,
    /** The full radius after the zero epochs. */
    CONSTANT
  }

  /**
   * The radius of the training attack by epoch.
   *
   * @param epsilon the full radius, pixels being in [0,1]
   */
  public EpsilonSchedule schedule(double epsilon) {
    return switch (type) {
      case LINEAR -> new EpsilonSchedule.Linear(epsilon, period, zeroEpochs, stepOn);
      case SINE -> new EpsilonSchedule.Sine(epsilon, period, zeroEpochs, stepOn);
      case CONSTANT -> new EpsilonSchedule.Constant(epsilon, zeroEpochs, stepOn);
    };
  }

  static EpsScheduleConfig from(Section section) {
    return new EpsScheduleConfig(
        section.get("type", Parsers.choice(Type.class)),
        section.get("period", Parsers.epochs(0)),
        section.get("zero-epochs", Parsers.epochs(0)),
        section.get("step-on", Parsers.choice(Granularity.class)));
  }
}
