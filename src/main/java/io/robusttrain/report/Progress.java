package io.robusttrain.report;

import java.io.Closeable;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;

/**
 * Tells a person how the run goes. Epochs are counted from 1 on screen, as in checkpoint names. Not
 * thread-safe; the bar draws from a thread of its own.
 */
public interface Progress extends Closeable {
  /** After each step. */
  void step(StepMetrics metrics);

  /** After each epoch and its validation: prints one line. */
  void epoch(EpochMetrics metrics);

  /** A guard's alarm: prints one line that stays. */
  void alarm(Alarm alarm);

  /** Leaves the terminal clean. Prints nothing more. */
  @Override
  void close();

  /**
   * How much there is to do.
   *
   * @param epochs of the whole run
   * @param stepsPerEpoch optimiser updates
   */
  record Plan(int epochs, long stepsPerEpoch) {
    /** Checks. */
    public Plan {
      if (epochs < 1 || stepsPerEpoch < 1) {
        throw new IllegalArgumentException(
            "%d epochs of %d steps are nothing to do.".formatted(epochs, stepsPerEpoch));
      }
    }
  }

  /** A bar on a terminal, else lines. */
  // The build is pinned to Java 17, where a missing terminal still gives null.
  @SuppressWarnings("SystemConsoleNull")
  static Progress automatic(PrintStream out, Clock clock, Duration interval, Plan plan) {
    return System.console() == null ? lines(out, clock, interval, plan) : bar(out, clock, plan);
  }

  /** Step lines at most every {@code interval}, epoch lines always: for logs. */
  static Progress lines(PrintStream out, Clock clock, Duration interval, Plan plan) {
    return new LineProgress(out, clock, interval, new ProgressText(plan, clock.instant()));
  }

  /** A progress bar an epoch, and epoch lines: for terminals. */
  static Progress bar(PrintStream out, Clock clock, Plan plan) {
    return new BarProgress(out, clock, plan, new ProgressText(plan, clock.instant()));
  }
}
