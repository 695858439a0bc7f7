package io.robusttrain.checkpoint;

import java.util.Locale;

/** Why a checkpoint was written. */
public enum Occasion {
  /** An epoch ended, and {@code checkpoint.every} divides it. */
  EPOCH,
  /** {@code checkpoint.every-steps} divides the steps of the run. */
  STEPS,
  /** {@code checkpoint.every-time} had passed. */
  TIME,
  /** Somebody asked for it. */
  REQUEST,
  /** The rest of a pause is still to come: a validation, or all of it where the run had to end. */
  STOP,
  /** {@code train.max-steps} ended the run inside an epoch. */
  END;

  /**
   * Whether guards may take the run back to it: it is written at the same step in every run of the
   * configuration, after the guards found nothing. Others depend on clocks and signals, which must
   * not change what a run computes.
   */
  public boolean guarded() {
    return this == EPOCH || this == STEPS;
  }

  /** The name in manifests, such as {@code steps}. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The occasion with a name in manifests.
   *
   * @throws IllegalArgumentException if no occasion has it
   */
  static Occasion named(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
