package io.robusttrain.train.plan;

import io.robusttrain.base.Figures;
import io.robusttrain.config.DistributionConfig;
import io.robusttrain.engine.ExchangeCost;
import io.robusttrain.engine.StepReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Says once, when steps were timed, whether the other engine would be faster. Used from one thread.
 */
public final class EngineHint {
  /** Steps that load libraries, compile and fill caches. */
  private static final int WARM_UP = 5;

  private static final int TIMED = 15;

  private final double most;
  private final List<StepReport> reports = new ArrayList<>();
  private int seen;

  /**
   * A hint where there is something to save.
   *
   * @param most seconds of a step that the other engine would save at most, 0 if there is none
   */
  EngineHint(double most) {
    this.most = most;
  }

  /**
   * A hint for a run.
   *
   * @param executors that take part
   */
  public static EngineHint of(RunPlan plan, int executors) {
    DistributionConfig distribution = plan.config().distribution();
    boolean possible =
        distribution.chosenEngine() == DistributionConfig.Engine.BIGDL
            && distribution.compression() == DistributionConfig.Compression.NONE;
    double bytes = ExchangeCost.bytes(executors, plan.exchangedBytes());
    return new EngineHint(possible ? ExchangeCost.savedSeconds(executors, bytes) : 0);
  }

  /** A line if there is something to say after this step. */
  public Optional<String> after(StepReport report) {
    seen++;
    if (most == 0 || seen <= WARM_UP || seen > WARM_UP + TIMED) {
      return Optional.empty();
    }
    reports.add(report);
    return reports.size() == TIMED ? judge() : Optional.empty();
  }

  private Optional<String> judge() {
    double step = median(StepReport::seconds);
    double beside = median(StepReport::exchangeSeconds);
    // No more than there is to save.
    double saved = Math.min(most, beside);
    return ExchangeCost.isWorthSaying(saved, step)
        ? Optional.of(
            Figures.format(
                "hint: a step takes %.2f s, of which %.2f s are exchange; distribution.engine=collective would save about %.1f s (not with --secure)",
                step, beside, saved))
        : Optional.empty();
  }

  private double median(ToDoubleFunction<StepReport> figure) {
    double[] sorted = reports.stream().mapToDouble(figure).sorted().toArray();
    return sorted[TIMED / 2];
  }
}
