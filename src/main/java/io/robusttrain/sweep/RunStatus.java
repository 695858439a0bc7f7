package io.robusttrain.sweep;

import java.util.Locale;

/** What became of a run of a sweep. */
public enum RunStatus {
  /** Not begun. */
  PENDING,
  /** Begun; in the file of a sweep that no longer runs: interrupted. */
  RUNNING,
  /** Trained to its end. */
  DONE,
  /** Ended by a guard, which is a result, too. */
  STOPPED,
  /** Ended by anything else. */
  FAILED;

  /** Whether the run need not be repeated. */
  public boolean isFinal() {
    return this == DONE || this == STOPPED;
  }

  /** As it is written. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
