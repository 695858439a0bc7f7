package io.robusttrain.config;

import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.config.value.BadValueException;
import io.robusttrain.config.value.Epsilon;
import io.robusttrain.config.value.Key;
import io.robusttrain.config.value.Parser;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Unit;
import io.robusttrain.objective.AttackTarget;
import io.robusttrain.objective.TrainingAttack;
import java.io.Serializable;
import java.util.Optional;

/**
 * Group {@code attack}: the threat model and the training attack.
 *
 * @param norm norm that bounds the perturbation
 * @param writtenEpsilon the full radius as written, at most 1 in Linf; {@link #epsilon()} is what
 *     it means
 * @param steps gradient steps, at least 1; 1 is FGSM
 * @param stepSize length of a step as written; open: 1.5 * epsilon / steps
 * @param start where the training attack starts
 * @param target which class the training attack drives images to
 * @param mode mode of the model during the attack
 * @param compat whose conventions are kept where they are odd
 * @param guided more steps while a probe finds that one is not enough
 */
public record AttackConfig(
    Norm norm,
    @Key("eps") @Unit(Unit.Kind.PIXELS) double writtenEpsilon,
    int steps,
    @Unit(Unit.Kind.PIXELS) Setting<Double> stepSize,
    Start start,
    AttackTarget target,
    TrainingAttack.Mode mode,
    Compat compat,
    Guided guided)
    implements Serializable {

  /** Where an attack starts. */
  public enum Start {
    /** At a random point of the ball. */
    RANDOM,
    /** At the clean image, without a random draw. */
    CLEAN,
    /** At the perturbation of the previous step; in an epoch's first step at a random point. */
    PREVIOUS
  }

  /** Whose conventions an attack keeps where they are odd. */
  public enum Compat {
    /** No one's: radius and step are in pixels of [0,1], the start is uniform in the ball. */
    NONE,
    /**
     * Those of the paper's code: in L2 radius and step are divided by 255 and the start has the
     * mean -radius; a random target class may be the label.
     */
    PAPER
  }

  /**
   * Group {@code attack.guided}: more steps by need. The gap is the share of the probe's images
   * that resist one attack step and not many.
   *
   * @param steps gradient steps while the gap is open; open: never more
   * @param open the gap above which the next steps of training attack with more
   * @param close the gap up to which they go back to one, at most {@code open}
   */
  public record Guided(Setting<Integer> steps, double open, double close) implements Serializable {
    static Guided from(Section section) {
      return new Guided(
          section.setting("steps", Parsers.count(2, 100_000)),
          section.get("open", Parsers.real(-1, 1)),
          section.get("close", Parsers.real(-1, 1)));
    }
  }

  private static final double SCALE = 255;

  /** The attack while the gap is open, with steps of 1.5 * epsilon / steps; none without guide. */
  public Optional<AttackConfig> reinforced() {
    return guided
        .steps()
        .toOptional()
        .map(
            more ->
                new AttackConfig(
                    norm,
                    writtenEpsilon,
                    more,
                    Setting.open(),
                    start,
                    target,
                    mode,
                    compat,
                    guided));
  }

  /** The full radius of the threat model, pixels being in [0,1]. */
  public double epsilon() {
    return scaled(writtenEpsilon);
  }

  /** Length of a step, pixels being in [0,1]: the configured one, else 1.5 * epsilon / steps. */
  public double resolvedStepSize() {
    return stepSize.toOptional().map(this::scaled).orElse(defaultStepSize(epsilon(), steps));
  }

  /** What a written length means, pixels being in [0,1]. */
  double scaled(double written) {
    return norm == Norm.L2 && compat == Compat.PAPER ? written / SCALE : written;
  }

  static double defaultStepSize(double epsilon, int steps) {
    return 1.5 * epsilon / steps;
  }

  static AttackConfig from(Section section) {
    Norm norm = section.get("norm", trainable());
    return new AttackConfig(
        norm,
        section.get("eps", Epsilon.parser(norm)),
        section.get("steps", Parsers.count(1, 100_000)),
        section.setting("step-size", Epsilon.parser(norm)),
        section.get("start", Parsers.choice(Start.class)),
        section.get(
            "target",
            Parsers.choice(AttackTarget.NONE, AttackTarget.RANDOM, AttackTarget.LEAST_LIKELY)),
        section.get("mode", Parsers.choice(TrainingAttack.Mode.class)),
        section.get("compat", Parsers.choice(Compat.class)),
        Guided.from(section.group("guided")));
  }

  private static Parser<Norm> trainable() {
    Parser<Norm> choice = Parsers.choice(Norm.LINF, Norm.L2);
    return value -> {
      if ("l1".equalsIgnoreCase(Parsers.scalar(value, "a norm"))) {
        throw new BadValueException(
            "l1 is known to evaluations only, no attack trains in it; write linf or l2");
      }
      return choice.parse(value);
    };
  }
}
