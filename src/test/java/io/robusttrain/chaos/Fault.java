package io.robusttrain.chaos;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Something that is done to a run once.
 *
 * @param target what is killed
 * @param moment when
 * @param delay how long the run is left alone before the moment is waited for
 */
record Fault(Target target, Moment moment, Duration delay) {
  /** What is killed, with SIGKILL. */
  enum Target {
    /** An executor. */
    EXECUTOR,
    /** All executors at the same time. */
    ALL_EXECUTORS,
    /** The driver; the run is submitted again under the same id. */
    DRIVER
  }

  /** When it is killed. */
  enum Moment {
    /** Wherever the run is. */
    ANY,
    /** Between the last step of an epoch and its line in the metrics. */
    VALIDATION,
    /** After the line of an epoch, while its checkpoint is written. */
    CHECKPOINT,
    /** Before the first step after the fault before. */
    RECOVERY
  }

  /** A fault after a random time. */
  static Fault random(
      Target target, Moment moment, Duration least, Duration most, RandomGenerator random) {
    long delay =
        moment == Moment.RECOVERY
            ? random.nextLong(500, 5_000)
            : random.nextLong(least.toMillis(), most.toMillis());
    return new Fault(target, moment, Duration.ofMillis(delay));
  }
}
