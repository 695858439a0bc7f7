package io.robusttrain.sweep;

import io.robusttrain.report.EpochMetrics;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A run and what it came to.
 *
 * @param run which
 * @param configSha256 of its effective configuration, in hexadecimal
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

  /** This with another status. */
  public RunResult with(RunStatus other) {
    return new RunResult(run, configSha256, other, clean, robust, bestEpoch, seconds);
  }

  /** This with the accuracies of the first epoch with the highest robust accuracy. */
  public RunResult with(List<EpochMetrics> epochs) {
    Optional<EpochMetrics> best =
        epochs.stream()
            .filter(epoch -> !Double.isNaN(epoch.fgsmTop1()))
            .max(
                Comparator.comparingDouble(EpochMetrics::fgsmTop1)
                    .thenComparing(EpochMetrics::epoch, Comparator.reverseOrder()));
    return new RunResult(
        run,
        configSha256,
        status,
        best.map(EpochMetrics::cleanTop1).orElse(Double.NaN),
        best.map(EpochMetrics::fgsmTop1).orElse(Double.NaN),
        best.map(epoch -> epoch.epoch() + 1).orElse(0),
        epochs.stream().mapToDouble(EpochMetrics::seconds).sum());
  }
}
