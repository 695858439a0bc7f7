package io.robusttrain.config;

import java.io.Serializable;

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
 */
public record ObjectiveConfig(
    Type type,
    Loss loss,
    double smoothing,
    boolean cleanForward,
    Setting<Double> beta,
    Setting<Double> gamma,
    Setting<String> helperCheckpoint,
    Setting<Double> helperStretch)
    implements Serializable {

  /** Objectives. */
  public enum Type {
    /** Cross entropy of the attacked images. */
    ADVERSARIAL,
    /** Cross entropy of the clean images. */
    STANDARD,
    /** Clean cross entropy and divergence of the attacked images. */
    TRADES,
    /** Boosted cross entropy, misclassified images weighing more. */
    MART,
    /** TRADES with helper examples. */
    HAT
  }

  /** Distances. */
  public enum Loss {
    /** Cross entropy. */
    CE,
    /** Binary cross entropy of each class. */
    BCE
  }

  /** The weight of robustness: the configured one, else that of the type's paper. */
  public double resolvedBeta() {
    return beta.orElse(
        switch (type) {
          case MART -> 5.0;
          case HAT -> 2.5;
          case TRADES, ADVERSARIAL, STANDARD -> 6.0;
        });
  }

  /** The weight of helper examples. */
  public double resolvedGamma() {
    return gamma.orElse(0.5);
  }

  /** How far helper examples lie. */
  public double resolvedHelperStretch() {
    return helperStretch.orElse(2.0);
  }

  static ObjectiveConfig from(Section section) {
    return new ObjectiveConfig(
        section.get("type", Parsers.choice(Type.class)),
        section.get("loss", Parsers.choice(Loss.class)),
        section.get("smoothing", Parsers.realBelow(0, 1)),
        section.get("clean-forward", Parsers.flag()),
        section.setting("beta", Parsers.real(0, 1000)),
        section.setting("gamma", Parsers.real(0, 1000)),
        section.setting("helper-checkpoint", Parsers.text()),
        section.setting("helper-stretch", Parsers.positive(100)));
  }
}
