package io.robusttrain.report;

import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.apache.hadoop.fs.Path;

/**
 * The last words of a run: accuracies of each epoch, the best one marked, where the files are.
 *
 * @param epochs in order; epochs that were not validated show a dash
 * @param bestEpoch index of the epoch whose weights were selected, counted from 0
 * @param best the best model's file
 * @param run the run directory
 * @param alarms of all guards, in order
 */
public record ResultTable(
    List<EpochMetrics> epochs, OptionalInt bestEpoch, Path best, Path run, List<Alarm> alarms) {
  /** More are counted only; metrics.jsonl and the report have them all. */
  private static final int MOST_ALARMS = 10;

  /** Copies. */
  public ResultTable {
    epochs = List.copyOf(epochs);
    alarms = List.copyOf(alarms);
  }

  /** Of a run without alarms. */
  public ResultTable(List<EpochMetrics> epochs, OptionalInt bestEpoch, Path best, Path run) {
    this(epochs, bestEpoch, best, run, List.of());
  }

  /** Plain text, one line an epoch, counted from 1. */
  public String render() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            "%6s  %10s  %9s  %9s  %9s%n", "epoch", "train loss", "clean", "FGSM", "seconds"));
    for (EpochMetrics epoch : epochs) {
      text.append(
          String.format(
              Locale.ROOT,
              "%6d  %10.4f  %9s  %9s  %9.1f%s%n",
              epoch.epoch() + 1,
              epoch.trainLoss(),
              ProgressText.percent(epoch.cleanTop1()),
              ProgressText.percent(epoch.fgsmTop1()),
              epoch.seconds(),
              isBest(epoch) ? "  <- best" : ""));
    }
    alarms.stream()
        .limit(MOST_ALARMS)
        .forEach(alarm -> text.append(String.format("alarm          %s%n", alarm.title())));
    if (alarms.size() > MOST_ALARMS) {
      text.append(String.format("               and %d more%n", alarms.size() - MOST_ALARMS));
    }
    if (bestEpoch.isPresent()) {
      text.append(String.format("best model     %s%n", best));
    }
    return text.append(String.format("run directory  %s%n", run)).toString();
  }

  boolean isBest(EpochMetrics epoch) {
    return bestEpoch.isPresent() && bestEpoch.getAsInt() == epoch.epoch();
  }
}
