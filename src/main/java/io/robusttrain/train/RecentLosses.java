package io.robusttrain.train;

import io.robusttrain.report.MetricsReader;
import io.robusttrain.report.StepMetrics;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The losses of the last steps that were applied, from the metrics of a run that goes on. */
final class RecentLosses implements MetricsReader {
  private final int most;
  private final Deque<Double> losses = new ArrayDeque<>();

  /**
   * None yet.
   *
   * @param most how many are held
   */
  RecentLosses(int most) {
    this.most = most;
  }

  @Override
  public void step(StepMetrics step) {
    if (Double.isFinite(step.loss()) && Double.isFinite(step.gradNorm())) {
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
