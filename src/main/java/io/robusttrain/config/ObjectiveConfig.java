package io.robusttrain.config;

import java.io.Serializable;

/**
 * Group {@code objective}: what is minimised.
 *
 * @param type the objective
 * @param smoothing label smoothing, [0,1)
 * @param cleanForward whether clean images enter the BatchNorm statistics of adversarial training,
 *     too
 */
public record ObjectiveConfig(Type type, double smoothing, boolean cleanForward)
    implements Serializable {

  /** Objectives. */
  public enum Type {
    /** Cross entropy of the attacked images. */
    ADVERSARIAL,
    /** Cross entropy of the clean images. */
    STANDARD
  }

  static ObjectiveConfig from(Section section) {
    return new ObjectiveConfig(
        section.get("type", Parsers.choice(Type.class)),
        section.get("smoothing", Parsers.realBelow(0, 1)),
        section.get("clean-forward", Parsers.flag()));
  }
}
