package io.robusttrain.sweep;

import java.util.Locale;

/** What became of a run of a sweep. */
public enum RunStatus {
  PENDING,
  /** Begun; in the file of a sweep that no longer runs: interrupted. */
  RUNNING,
  /** The run trained to its last epoch. */
  DONE,
  /** Ended by a guard, which is a result, too. */
  STOPPED,
  /** The run ended by a failure, and goes on when the sweep is started again. */
  FAILED;

  /** Whether the run need not be repeated. */
  public boolean isFinal() {
    return this == DONE || this == STOPPED;
  }

  /** The word in {@code sweep.json} and in the table. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
