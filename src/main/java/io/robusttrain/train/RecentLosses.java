package io.robusttrain.train;

import io.robusttrain.report.MetricsReader;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.train.plan.RunPlan;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The losses of the last steps of a stage that were applied, from the metrics of a run that goes
 * on. Those of the stage before are of other images, or of another attack.
 */
final class RecentLosses implements MetricsReader {
  private final int most;
  private final long firstStep;
  private final Deque<Double> losses = new ArrayDeque<>();

  /**
   * None yet.
   *
   * @param most how many are held
   * @param firstStep of the stage
   */
  RecentLosses(int most, long firstStep) {
    this.most = most;
    this.firstStep = firstStep;
  }

  /** Those of a stage, as many as its guard compares a loss with. */
  static RecentLosses of(RunPlan plan) {
    int window = plan.config().guard().lossSpike().window();
    return new RecentLosses(window + 1, plan.job().clock().start().step());
  }

  @Override
  public void step(StepMetrics step) {
    if (step.step() >= firstStep
        && Double.isFinite(step.loss())
        && Double.isFinite(step.gradNorm())) {
      losses.add(step.loss());
      if (losses.size() > most) {
        losses.remove();
      }
    }
  }

  /** In the order of the steps. */
  List<Double> list() {
    return List.copyOf(losses);
  }
}
