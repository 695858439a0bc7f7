package io.robusttrain.report;

import java.io.PrintStream;
import java.time.Clock;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress for terminals: one bar an epoch. The ETA in its text is that of the whole run. */
final class BarProgress implements Progress {
  private static final int REDRAW_MILLIS = 500;
  private static final int WIDTH = 120;

  private final PrintStream out;
  private final Clock clock;
  private final Plan plan;
  private final ProgressText text;
  private ProgressBar bar;

  BarProgress(PrintStream out, Clock clock, Plan plan, ProgressText text) {
    this.out = out;
    this.clock = clock;
    this.plan = plan;
    this.text = text;
  }

  @Override
  public void step(StepMetrics metrics) {
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(text.epochOf(metrics.epoch()))
              .setInitialMax(plan.stepsPerEpoch())
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(REDRAW_MILLIS)
              .setMaxRenderedLength(WIDTH)
              .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
              .hideEta()
              .build();
    }
    bar.stepTo(metrics.step() % plan.stepsPerEpoch() + 1);
    bar.setExtraMessage(" " + text.details(metrics, clock.instant()));
  }

  @Override
  public void epoch(EpochMetrics metrics) {
    close();
    out.println(text.epochLine(metrics));
  }

  /** The bar is ended, as it would be drawn over the line; the next step begins it anew. */
  @Override
  public void alarm(Alarm alarm) {
    if (bar != null) {
      close();
      out.println();
    }
    out.println(ProgressText.alarmLine(alarm));
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
    out.flush();
  }
}
