package io.robusttrain.sweep;

import io.robusttrain.report.EpochMetrics;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of a sweep, its status and its best accuracies.
 *
 * @param run which
 * @param configSha256 what {@link ConfigFingerprint} says of its configuration
 * @param status what became of it
 * @param clean validation accuracy of the best epoch, a fraction; NaN if there is none
 * @param robust validation accuracy under attack of the best epoch, a fraction; NaN if there is
 *     none
 * @param bestEpoch that epoch, from 1; 0 if there is none
 * @param seconds wall time of all epochs
 */
public record RunResult(
    SweepRun run,
    String configSha256,
    RunStatus status,
    double clean,
    double robust,
    int bestEpoch,
    double seconds) {

  /** A run that has not begun. */
  public static RunResult pending(SweepRun run, String configSha256) {
    return new RunResult(run, configSha256, RunStatus.PENDING, Double.NaN, Double.NaN, 0, 0);
  }

  /** This result with another status. */
  public RunResult with(RunStatus other) {
    return new RunResult(run, configSha256, other, clean, robust, bestEpoch, seconds);
  }

  /**
   * This with the accuracies of the first epoch with the highest robust accuracy: of its weights,
   * or of an average of weights that is more robust.
   */
  public RunResult with(List<EpochMetrics> epochs) {
    double bestClean = Double.NaN;
    double bestRobust = Double.NaN;
    int epochOfBest = 0;
    for (EpochMetrics epoch : epochs) {
      for (EpochMetrics.Accuracy accuracy : measured(epoch)) {
        boolean first = epochOfBest == 0 && !Double.isNaN(accuracy.fgsmTop1());
        if (first || accuracy.fgsmTop1() > bestRobust) {
          bestClean = accuracy.cleanTop1();
          bestRobust = accuracy.fgsmTop1();
          epochOfBest = epoch.epoch() + 1;
        }
      }
    }
    double all = epochs.stream().mapToDouble(EpochMetrics::seconds).sum();
    return new RunResult(run, configSha256, status, bestClean, bestRobust, epochOfBest, all);
  }

  private static List<EpochMetrics.Accuracy> measured(EpochMetrics epoch) {
    List<EpochMetrics.Accuracy> all = new ArrayList<>();
    all.add(new EpochMetrics.Accuracy(epoch.cleanTop1(), epoch.fgsmTop1()));
    all.addAll(epoch.averages().values());
    return all;
  }
}
