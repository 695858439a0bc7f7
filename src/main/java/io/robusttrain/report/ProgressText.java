package io.robusttrain.report;

import io.robusttrain.base.Figures;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** What progress says. The ETA extrapolates the time per step since this process started. */
final class ProgressText {
  private final Progress.Plan plan;
  private final Instant start;
  private long firstStep = -1;

  ProgressText(Progress.Plan plan, Instant start) {
    this.plan = plan;
    this.start = start;
  }

  String epochOf(int epoch) {
    return "epoch %d/%d".formatted(epoch + 1, plan.epochs());
  }

  /** All but the epoch: loss, epsilon, rate, ETA. */
  String details(StepMetrics step, Instant now) {
    if (firstStep < 0) {
      firstStep = step.step();
    }
    return String.format(
        Locale.ROOT,
        "loss %.4f  eps %s  lr %.2e  %.1f images/s  ETA %s",
        step.loss(),
        RadiusText.of(step.eps()),
        step.lr(),
        step.imagesPerSecond(),
        Figures.clock(eta(step.step(), now)));
  }

  String stepLine(StepMetrics step, Instant now) {
    return "%s  step %d/%d  %s"
        .formatted(
            epochOf(step.epoch()),
            step.step() + 1,
            plan.epochs() * plan.stepsPerEpoch(),
            details(step, now));
  }

  String epochLine(EpochMetrics epoch) {
    return String.format(
        Locale.ROOT,
        "%s done  train loss %.4f  clean %s  FGSM %s  %s",
        epochOf(epoch.epoch()),
        epoch.trainLoss(),
        Figures.percent(epoch.cleanTop1()),
        Figures.percent(epoch.fgsmTop1()),
        Figures.clock(Duration.ofMillis(Math.round(epoch.seconds() * 1000))));
  }

  static String alarmLine(Alarm alarm) {
    return "warning: %s: %s".formatted(alarm.title(), alarm.message());
  }

  private Duration eta(long step, Instant now) {
    double perStep = Duration.between(start, now).toMillis() / (double) (step - firstStep + 1);
    long left = Math.max(0, plan.epochs() * plan.stepsPerEpoch() - step - 1);
    return Duration.ofMillis(Math.round(perStep * left));
  }
}
