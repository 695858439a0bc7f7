package io.robusttrain.report;

import io.robusttrain.base.Figures;
import java.io.Closeable;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.function.LongToDoubleFunction;

/**
 * Tells a person how a training goes. Epochs and steps are counted from 1 on screen, as in
 * checkpoint names. The ETA is that of the whole run, from the time that this process has taken for
 * its part of the work. Used from one thread.
 */
public final class TrainingProgress implements Closeable {
  private final ProgressDisplay display;
  private final Clock clock;
  private final int epochs;
  private final long steps;
  private final LongToDoubleFunction work;
  private final Instant start;
  private long firstStep = -1;

  /**
   * Begins to measure the time; shows nothing yet. All steps take about as long.
   *
   * @param epochs of the whole run
   * @param stepsPerEpoch optimiser updates
   */
  public TrainingProgress(ProgressDisplay display, Clock clock, int epochs, long stepsPerEpoch) {
    this(display, clock, epochs, epochs * stepsPerEpoch, step -> step);
  }

  /**
   * Begins to measure the time; shows nothing yet.
   *
   * @param epochs of the whole run
   * @param steps optimiser updates of all epochs
   * @param work what the first steps of the run take, in any unit
   */
  public TrainingProgress(
      ProgressDisplay display, Clock clock, int epochs, long steps, LongToDoubleFunction work) {
    if (epochs < 1 || steps < 1) {
      throw new IllegalArgumentException(
          "%d epochs of %d steps in all are nothing to do.".formatted(epochs, steps));
    }
    this.work = work;
    this.display = display;
    this.clock = clock;
    this.epochs = epochs;
    this.steps = steps;
    this.start = clock.instant();
  }

  /** Shows how far the run is after a step. */
  public void step(StepMetrics step) {
    if (firstStep < 0) {
      firstStep = step.step();
    }
    display.show(
        new Progress(
            epochOf(step.epoch()),
            "step",
            firstStep,
            step.step() + 1,
            steps,
            Duration.between(start, clock.instant()).toMillis() / 1e3,
            String.format(
                Locale.ROOT,
                "loss %.4f  eps %s  lr %.2e  %.1f images/s",
                step.loss(),
                RadiusText.of(step.eps()),
                step.lr(),
                step.imagesPerSecond()),
            left(step.step() + 1)));
  }

  /** How many times the work since this process began is left. */
  private double left(long done) {
    double finished = work.applyAsDouble(done);
    return (work.applyAsDouble(steps) - finished) / (finished - work.applyAsDouble(firstStep));
  }

  /** Prints a line for an epoch and its validation. */
  public void epoch(EpochMetrics epoch) {
    display.println(
        String.format(
            Locale.ROOT,
            "%s done  train loss %.4f  clean %s  FGSM %s  %s",
            epochOf(epoch.epoch()),
            epoch.trainLoss(),
            Figures.percent(epoch.cleanTop1()),
            Figures.percent(epoch.fgsmTop1()),
            Progress.clock(epoch.seconds())));
  }

  /** Prints a line for a guard's alarm. */
  public void alarm(Alarm alarm) {
    display.println("warning: %s: %s".formatted(alarm.title(), alarm.message()));
  }

  /** Prints a line. */
  public void say(String line) {
    display.println(line);
  }

  private String epochOf(int epoch) {
    return "epoch %d/%d".formatted(epoch + 1, epochs);
  }

  @Override
  public void close() {
    display.close();
  }
}
