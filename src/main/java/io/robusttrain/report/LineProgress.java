package io.robusttrain.report;

import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Progress for logs. */
final class LineProgress implements Progress {
  private final PrintStream out;
  private final Clock clock;
  private final Duration interval;
  private final ProgressText text;
  private Instant next;

  LineProgress(PrintStream out, Clock clock, Duration interval, ProgressText text) {
    this.out = out;
    this.clock = clock;
    this.interval = interval;
    this.text = text;
    this.next = Instant.MIN;
  }

  @Override
  public void step(StepMetrics metrics) {
    Instant now = clock.instant();
    String line = text.stepLine(metrics, now);
    if (!now.isBefore(next)) {
      out.println(line);
      next = now.plus(interval);
    }
  }

  @Override
  public void epoch(EpochMetrics metrics) {
    out.println(text.epochLine(metrics));
  }

  @Override
  public void alarm(Alarm alarm) {
    out.println(ProgressText.alarmLine(alarm));
  }

  @Override
  public void close() {
    out.flush();
  }
}
