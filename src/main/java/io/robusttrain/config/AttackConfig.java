package io.robusttrain.config;

import java.io.Serializable;

/**
 * Group {@code attack}: the threat model and the training attack.
 *
 * @param norm norm that bounds the perturbation
 * @param eps radius as written, pixels being in [0,1]; at most 1 in Linf
 * @param steps gradient steps, at least 1; 1 is FGSM
 * @param stepSize length of a step as written; open: 1.5 * eps / steps
 * @param start where the training attack starts
 * @param target which class the training attack drives images to
 * @param mode mode of the model during the attack
 * @param compat whose conventions are kept where they are odd
 */
public record AttackConfig(
    Norm norm,
    @Unit(Unit.Kind.PIXELS) double eps,
    int steps,
    @Unit(Unit.Kind.PIXELS) Setting<Double> stepSize,
    Start start,
    Target target,
    Mode mode,
    Compat compat)
    implements Serializable {

  /** Norms that bound a perturbation. */
  public enum Norm {
    /** Largest absolute change of a pixel. */
    LINF,
    /** Root of the sum of squared changes of an image. */
    L2
  }

  /** Where an attack starts. */
  public enum Start {
    /** At a random point of the ball. */
    RANDOM,
    /** At the clean image. */
    CLEAN,
    /** At the perturbation of the previous step; in an epoch's first step at a random point. */
    PREVIOUS
  }

  /** Classes that an attack drives images to. */
  public enum Target {
    /** Away from the label. */
    NONE,
    /** To a random other class. */
    RANDOM,
    /** To the class that the model holds least likely. */
    LEAST_LIKELY
  }

  /** Modes of the model during the attack. */
  public enum Mode {
    /** Running BatchNorm statistics, no drop path. */
    EVAL,
    /** Batch statistics, which update the running ones, and drop path. */
    TRAIN
  }

  /** Whose conventions are kept. */
  public enum Compat {
    /** Nobody's. */
    NONE,
    /**
     * Those of the paper's code: in L2 radius and step are divided by 255 and the start has the
     * mean -radius; a random target class may be the label.
     */
    PAPER
  }

  private static final double SCALE = 255;

  /** The radius, pixels being in [0,1]. */
  public double radius() {
    return scaled(eps);
  }

  /** Length of a step, pixels being in [0,1]: the configured one, else 1.5 * radius / steps. */
  public double resolvedStepSize() {
    return stepSize.toOptional().map(this::scaled).orElse(defaultStepSize(radius(), steps));
  }

  /** A length as it is meant. */
  double scaled(double written) {
    return norm == Norm.L2 && compat == Compat.PAPER ? written / SCALE : written;
  }

  static double defaultStepSize(double eps, int steps) {
    return 1.5 * eps / steps;
  }

  static AttackConfig from(Section section) {
    Norm norm = section.get("norm", trainable());
    return new AttackConfig(
        norm,
        section.get("eps", length(norm)),
        section.get("steps", Parsers.count(1, 100_000)),
        section.setting("step-size", length(norm)),
        section.get("start", Parsers.choice(Start.class)),
        section.get("target", Parsers.choice(Target.class)),
        section.get("mode", Parsers.choice(Mode.class)),
        section.get("compat", Parsers.choice(Compat.class)));
  }

  private static Parser<Norm> trainable() {
    Parser<Norm> choice = Parsers.choice(Norm.class);
    return value -> {
      if ("l1".equalsIgnoreCase(Parsers.scalar(value, "a norm"))) {
        throw new BadValueException(
            "l1 is known to evaluations only, no attack trains in it; write linf or l2");
      }
      return choice.parse(value);
    };
  }

  /** A distance between images: of pixels in Linf, of any size in L2. */
  static Parser<Double> length(Norm norm) {
    return norm == Norm.LINF ? Parsers.pixels() : Parsers.real(0, Double.MAX_VALUE);
  }
}
