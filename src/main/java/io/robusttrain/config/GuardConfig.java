package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Unit;
import java.io.Serializable;

/**
 * Group {@code guard}: what stops a run that has gone wrong, or says so.
 *
 * @param maxSkippedSteps steps of one epoch that may be skipped because their loss or gradient is
 *     not finite; one more stops the run
 * @param maxRollbacks how often the run may go back to a checkpoint; once more stops it
 * @param probe catastrophic overfitting and label leaking
 * @param noLearning accuracy at chance
 * @param lossSpike a sudden rise of the loss
 */
public record GuardConfig(
    int maxSkippedSteps, int maxRollbacks, Probe probe, NoLearning noLearning, LossSpike lossSpike)
    implements Serializable {

  /** What an alarm does. */
  public enum Action {
    /** The guard is off: nothing is measured and no alarm is raised. */
    OFF,
    /** It is shown and recorded; the run goes on. */
    WARN,
    /** The run ends with exit code 4. */
    STOP,
    /** The run goes on from its newest checkpoint at half the learning rate. */
    ROLLBACK
  }

  /**
   * Group {@code guard.probe}: compares one attack step with many, on some training images.
   *
   * @param everySteps updates between two probes beside those at the end of epochs
   * @param samples training images
   * @param steps of the attack that is compared with FGSM
   * @param margin by which FGSM accuracy may exceed that attack's, as a fraction
   * @param action of the alarm
   */
  public record Probe(
      Setting<Long> everySteps, int samples, int steps, double margin, Action action)
      implements Serializable {
    static Probe from(Section section) {
      return new Probe(
          section.setting("every-steps", Parsers.whole(1, Long.MAX_VALUE)),
          section.get("samples", Parsers.count(1, 65_536)),
          section.get("steps", Parsers.count(2, 100_000)),
          section.get("margin", Parsers.positive(1)),
          section.get("action", Parsers.choice(Action.class)));
    }
  }

  /**
   * Group {@code guard.no-learning}: looks whether the accuracy is better than guessing.
   *
   * @param after epochs in which accuracy may be at chance; open: the longer of the warm-ups of
   *     learning rate and radius
   * @param action of the alarm; not {@link Action#ROLLBACK}, which would change nothing
   */
  public record NoLearning(@Unit(Unit.Kind.EPOCHS) Setting<Integer> after, Action action)
      implements Serializable {
    static NoLearning from(Section section) {
      return new NoLearning(
          section.setting("after", Parsers.epochs(0)),
          section.get("action", Parsers.choice(Action.OFF, Action.WARN, Action.STOP)));
    }
  }

  /**
   * Group {@code guard.loss-spike}: compares the loss of each step with the steps before it.
   *
   * @param factor of the median above which the alarm is raised, at least 1
   * @param window steps whose median is taken
   * @param action of the alarm
   */
  public record LossSpike(double factor, int window, Action action) implements Serializable {
    static LossSpike from(Section section) {
      return new LossSpike(
          section.get("factor", Parsers.real(1, 1e6)),
          section.get("window", Parsers.count(3, 100_000)),
          section.get("action", Parsers.choice(Action.class)));
    }
  }

  static GuardConfig from(Section section) {
    return new GuardConfig(
        section.get("max-skipped-steps", Parsers.count(0, 1_000_000)),
        section.get("max-rollbacks", Parsers.count(0, 1000)),
        Probe.from(section.group("probe")),
        NoLearning.from(section.group("no-learning")),
        LossSpike.from(section.group("loss-spike")));
  }
}
