package io.robusttrain.train;

import io.robusttrain.checkpoint.Occasion;
import io.robusttrain.config.CheckpointConfig;
import io.robusttrain.train.recovery.RunControl;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** When a checkpoint is due, ends of epochs aside. Asked by the driver's thread after each step. */
final class CheckpointCadence {
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(1);
  private static final int TRIES = 4;

  private final CheckpointConfig config;
  private final RunControl control;
  private final LongSupplier nanoTime;
  private final long retryNanos;
  private long lastNanos;
  private boolean failed;

  /**
   * A cadence whose time begins now.
   *
   * @param control who may ask
   * @param outage how long the storage may be away
   * @param nanoTime as {@link System#nanoTime}
   */
  CheckpointCadence(
      CheckpointConfig config, RunControl control, Duration outage, LongSupplier nanoTime) {
    this.config = config;
    this.control = control;
    this.nanoTime = nanoTime;
    // A storage that is back within its time is seen to be.
    this.retryNanos = Math.min(LONGEST_RETRY.toNanos(), outage.dividedBy(TRIES).toNanos());
    this.lastNanos = nanoTime.getAsLong();
  }

  /** Why a checkpoint is due after so many steps of the run, if one is. */
  Optional<Occasion> dueAfter(long completedSteps) {
    Optional<Occasion> bySteps = bySteps(config, completedSteps);
    if (bySteps.isPresent()) {
      return bySteps;
    }
    if (control.requested()) {
      return Optional.of(Occasion.STOP);
    }
    if (control.checkpointRequested()) {
      return Optional.of(Occasion.REQUEST);
    }
    long waited = nanoTime.getAsLong() - lastNanos;
    boolean timed = !config.everyTime().isZero() && waited >= config.everyTime().toNanos();
    return timed || (failed && waited >= retryNanos)
        ? Optional.of(Occasion.TIME)
        : Optional.empty();
  }

  /** Whether a checkpoint is due for the number of steps alone. */
  static Optional<Occasion> bySteps(CheckpointConfig config, long completedSteps) {
    return config.everySteps().isSet() && completedSteps % config.everySteps().get() == 0
        ? Optional.of(Occasion.STEPS)
        : Optional.empty();
  }

  boolean stopRequested() {
    return control.requested();
  }

  /** A checkpoint is about to be written. */
  void begin() {
    control.checkpointBegun();
  }

  /** The checkpoint was written: the next one by time is counted from now. */
  void written() {
    lastNanos = nanoTime.getAsLong();
    failed = false;
  }

  /** Another checkpoint is tried within a minute of the last one. */
  void retriesSoon() {
    failed = true;
  }

  /** The checkpoint failed: another is tried within a minute. */
  void failed() {
    written();
    failed = true;
  }
}
