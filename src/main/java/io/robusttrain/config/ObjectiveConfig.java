package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.objective.Criterion;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Group {@code objective}: what is minimised.
 *
 * @param type the objective
 * @param loss distance of predictions from labels
 * @param smoothing label smoothing, [0,1)
 * @param cleanForward whether clean images enter the BatchNorm statistics of adversarial training,
 *     too
 * @param beta weight of robustness in trades, mart and hat; open: the paper's
 * @param gamma weight of hat's helper examples; open: the paper's
 * @param helperCheckpoint weights of hat's standard-trained model; open otherwise
 * @param helperStretch how far hat's helper examples lie, in perturbations; open: the paper's
 * @param noise length of n-fgsm's noise, in radii; open: the paper's
 * @param noiseStep length of n-fgsm's step, in radii; open: the paper's
 * @param lambda weight of grad-align's alignment; open: the paper's
 * @param replays steps of free training on each batch; open: the paper's
 * @param awp adversarial weight perturbation
 */
public record ObjectiveConfig(
    Type type,
    Criterion.Loss loss,
    double smoothing,
    boolean cleanForward,
    Setting<Double> beta,
    Setting<Double> gamma,
    Setting<String> helperCheckpoint,
    Setting<Double> helperStretch,
    Setting<Double> noise,
    Setting<Double> noiseStep,
    Setting<Double> lambda,
    Setting<Integer> replays,
    AwpConfig awp)
    implements Serializable {

  /** The objectives that a run can minimise. */
  public enum Type {
    /** Cross entropy of the attacked images. */
    ADVERSARIAL,
    /** Cross entropy of the clean images. */
    STANDARD,
    /** Clean cross entropy and divergence of the attacked images. */
    TRADES,
    /** Boosted cross entropy, misclassified images weighing more. */
    MART,
    HAT,
    /** Cross entropy of images attacked by one step from a large noise. */
    N_FGSM,
    /** Cross entropy of the attacked images and alignment of input gradients. */
    GRAD_ALIGN,
    /** Each batch several times, its perturbation moved by the same backward pass. */
    FREE
  }

  /** The weight of robustness: the configured one, else that of the type's paper. */
  public double resolvedBeta() {
    return beta.orElse(
        switch (type) {
          case MART -> 5.0;
          case HAT -> 2.5;
          case TRADES, ADVERSARIAL, STANDARD, N_FGSM, GRAD_ALIGN, FREE -> 6.0;
        });
  }

  /** The weight of hat's helper examples: the configured one, else the paper's. */
  public double resolvedGamma() {
    return gamma.orElse(0.5);
  }

  /** How many perturbations away hat's helper examples lie; the paper's is 2. */
  public double resolvedHelperStretch() {
    return helperStretch.orElse(2.0);
  }

  /** The length of n-fgsm's noise in radii; the paper's is 2. */
  public double resolvedNoise() {
    return noise.orElse(2.0);
  }

  /** The length of n-fgsm's step in radii; the paper's is 1. */
  public double resolvedNoiseStep() {
    return noiseStep.orElse(1.0);
  }

  /** The weight of grad-align's alignment; the paper's is 0.2. */
  public double resolvedLambda() {
    return lambda.orElse(0.2);
  }

  /** How many steps free training takes on each batch; the paper's is 8. */
  public int resolvedReplays() {
    return replays.orElse(8);
  }

  static ObjectiveConfig from(Section section) {
    return new ObjectiveConfig(
        section.get("type", Parsers.choice(Type.class)),
        section.get("loss", Parsers.choice(Criterion.Loss.class)),
        section.get("smoothing", Parsers.realBelow(0, 1)),
        section.get("clean-forward", Parsers.flag()),
        section.setting("beta", Parsers.real(0, 1000)),
        section.setting("gamma", Parsers.real(0, 1000)),
        section.setting("helper-checkpoint", Parsers.text()),
        section.setting("helper-stretch", Parsers.positive(100)),
        section.setting("noise", Parsers.real(0, 100)),
        section.setting("noise-step", Parsers.positive(100)),
        section.setting("lambda", Parsers.real(0, 1000)),
        section.setting("replays", Parsers.count(1, 1000)),
        AwpConfig.from(section.group("awp")));
  }

  /** A key that the type does not know is an error: it would silently do nothing. */
  void check(Reading reading) {
    reading.demand(
        !cleanForward || type == Type.ADVERSARIAL,
        "a clean forward pass beside the loss needs objective.type = adversarial",
        "objective.clean-forward",
        "objective.type");
    counts(reading, "beta", beta, Type.TRADES, Type.MART, Type.HAT);
    counts(reading, "gamma", gamma, Type.HAT);
    counts(reading, "helper-stretch", helperStretch, Type.HAT);
    counts(reading, "noise", noise, Type.N_FGSM);
    counts(reading, "noise-step", noiseStep, Type.N_FGSM);
    counts(reading, "lambda", lambda, Type.GRAD_ALIGN);
    counts(reading, "replays", replays, Type.FREE);
    reading.demand(
        !helperCheckpoint.isSet() || type == Type.HAT,
        "counts for hat, and objective.type is %s; write none".formatted(Parsers.word(type)),
        "objective.helper-checkpoint",
        "objective.type");
    reading.demand(
        helperCheckpoint.isSet() || type != Type.HAT,
        "hat needs a model of the same architecture, trained with objective.type = standard: name its file, run or checkpoint in objective.helper-checkpoint",
        "objective.type",
        "objective.helper-checkpoint");
    awp.check(reading);
  }

  private void counts(Reading reading, String name, Setting<?> key, Type... owners) {
    String all = Arrays.stream(owners).map(Parsers::word).collect(Collectors.joining(", "));
    reading.demand(
        !key.isSet() || List.of(owners).contains(type),
        "counts for %s, and objective.type is %s; write auto"
            .formatted(all.replaceFirst(", (?=[^,]*$)", " and "), Parsers.word(type)),
        "objective." + name,
        "objective.type");
  }
}
