package io.robusttrain.train;

import io.robusttrain.checkpoint.TrainingState;
import java.util.Locale;
import java.util.Map;

/** Why a checkpoint was written. */
enum Occasion {
  /** An epoch ended, and {@code checkpoint.every} divides it. */
  EPOCH,
  /** {@code checkpoint.every-steps} divides the steps of the run. */
  STEPS,
  /** {@code checkpoint.every-time} had passed. */
  TIME,
  /** Somebody asked for it. */
  REQUEST,
  /** Somebody asked the run to end. */
  STOP,
  /** {@code train.max-steps} ended the run inside an epoch. */
  END;

  private static final String FACT = "occasion";

  /**
   * Whether guards may take the run back to it: it is written at the same step in every run of the
   * configuration, after the guards found nothing. Others depend on clocks and signals, which must
   * not change what a run computes.
   */
  boolean guarded() {
    return this == EPOCH || this == STEPS;
  }

  /** The facts for a checkpoint. */
  Map<String, String> facts() {
    return Map.of(FACT, name().toLowerCase(Locale.ROOT));
  }

  /** As a checkpoint has it; those that do not say were written at ends of epochs. */
  static Occasion of(TrainingState state) {
    return valueOf(state.world().getOrDefault(FACT, "epoch").toUpperCase(Locale.ROOT));
  }
}
