package io.robusttrain.config;

import java.io.Serializable;

/**
 * Group {@code attack}: the threat model and the training attack.
 *
 * @param norm norm that bounds the perturbation
 * @param eps radius in pixel units, [0,1]
 * @param steps gradient steps, at least 1; 1 is FGSM
 * @param stepSize length of a step in pixel units; open: 1.5 * eps / steps
 * @param randomStart whether the attack starts at a random point of the ball
 * @param mode mode of the model during the attack
 */
public record AttackConfig(
    Norm norm,
    @Unit(Unit.Kind.PIXELS) double eps,
    int steps,
    @Unit(Unit.Kind.PIXELS) Setting<Double> stepSize,
    boolean randomStart,
    Mode mode)
    implements Serializable {

  /** Norms that bound a perturbation. */
  public enum Norm {
    /** Largest absolute change of a pixel. */
    LINF
  }

  /** Modes of the model during the attack. */
  public enum Mode {
    /** Running BatchNorm statistics, no drop path. */
    EVAL,
    /** Batch statistics, which update the running ones, and drop path. */
    TRAIN
  }

  /** Length of a step in pixel units: the configured one, else 1.5 * eps / steps. */
  public double resolvedStepSize() {
    return stepSize.orElse(defaultStepSize(eps, steps));
  }

  static double defaultStepSize(double eps, int steps) {
    return 1.5 * eps / steps;
  }

  static AttackConfig from(Section section) {
    return new AttackConfig(
        section.get("norm", Parsers.choice(Norm.class)),
        section.get("eps", Parsers.pixels()),
        section.get("steps", Parsers.count(1, 100_000)),
        section.setting("step-size", Parsers.pixels()),
        section.get("random-start", Parsers.flag()),
        section.get("mode", Parsers.choice(Mode.class)));
  }
}
