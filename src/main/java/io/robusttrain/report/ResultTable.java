package io.robusttrain.report;

import io.robusttrain.base.Figures;
import io.robusttrain.checkpoint.card.WeightsKind;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;

/**
 * The last words of a run: accuracies of each epoch, the best one marked, where the files are.
 *
 * @param epochs in order; epochs that were not validated show a dash
 * @param bestEpoch index of the epoch whose weights were selected, counted from 0
 * @param bestWeights which weights of that epoch were selected
 * @param best the best model's file
 * @param run the run directory
 * @param alarms of all guards, in order
 */
public record ResultTable(
    List<EpochMetrics> epochs,
    OptionalInt bestEpoch,
    WeightsKind bestWeights,
    Path best,
    Path run,
    List<Alarm> alarms) {
  /** More are counted only; metrics.jsonl and the report have them all. */
  private static final int MOST_ALARMS = 10;

  public ResultTable {
    epochs = List.copyOf(epochs);
    alarms = List.copyOf(alarms);
  }

  /** Plain text, one line an epoch, counted from 1. */
  public String render() {
    StringBuilder text = new StringBuilder();
    text.append(String.format("%6s  %10s  %9s  %9s", "epoch", "train loss", "clean", "FGSM"));
    for (WeightsKind kind : averages()) {
      text.append(String.format("  %9s  %9s", kind.word() + " clean", kind.word() + " FGSM"));
    }
    text.append(String.format("  %9s%n", "seconds"));
    for (EpochMetrics epoch : epochs) {
      text.append(
          String.format(
              Locale.ROOT,
              "%6d  %10.4f  %9s  %9s",
              epoch.epoch() + 1,
              epoch.trainLoss(),
              Figures.percent(epoch.cleanTop1()),
              Figures.percent(epoch.fgsmTop1())));
      for (WeightsKind kind : averages()) {
        EpochMetrics.Accuracy accuracy = accuracy(epoch, kind);
        text.append(
            String.format(
                "  %9s  %9s",
                Figures.percent(accuracy.cleanTop1()), Figures.percent(accuracy.fgsmTop1())));
      }
      text.append(String.format(Locale.ROOT, "  %9.1f%s%n", epoch.seconds(), mark(epoch)));
    }
    alarms.stream()
        .limit(MOST_ALARMS)
        .forEach(alarm -> text.append(String.format("alarm          %s%n", alarm.title())));
    if (alarms.size() > MOST_ALARMS) {
      text.append(String.format("               and %d more%n", alarms.size() - MOST_ALARMS));
    }
    long bad = epochs.stream().mapToLong(EpochMetrics::badSamples).sum();
    if (bad > 0) {
      text.append(
          String.format("bad samples    %d, others stood in for them (metrics.jsonl)%n", bad));
    }
    if (bestEpoch.isPresent()) {
      String which = described().map(words -> ": " + words).orElse("");
      text.append(String.format("best model     %s%s%n", best, which));
    }
    return text.append(String.format("run directory  %s%n", run)).toString();
  }

  private String mark(EpochMetrics epoch) {
    if (!isBest(epoch)) {
      return "";
    }
    return averages().isEmpty() ? "  <- best" : "  <- best (%s)".formatted(bestWeights.word());
  }

  /** The averages that any epoch was validated with. */
  public List<WeightsKind> averages() {
    TreeSet<WeightsKind> kinds = new TreeSet<>();
    epochs.forEach(epoch -> kinds.addAll(epoch.averages().keySet()));
    return List.copyOf(kinds);
  }

  /** The accuracies of an average; NaN where there was none. */
  public static EpochMetrics.Accuracy accuracy(EpochMetrics epoch, WeightsKind kind) {
    return epoch.averages().getOrDefault(kind, new EpochMetrics.Accuracy(Double.NaN, Double.NaN));
  }

  /** The accuracies of the selected weights of the best epoch. */
  public EpochMetrics.Accuracy bestAccuracy(EpochMetrics epoch) {
    return bestWeights == WeightsKind.RAW
        ? new EpochMetrics.Accuracy(epoch.cleanTop1(), epoch.fgsmTop1())
        : accuracy(epoch, bestWeights);
  }

  /** Which weights were selected, in words, if there was a choice. */
  public Optional<String> described() {
    if (bestEpoch.isEmpty() || averages().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        switch (bestWeights) {
          case RAW -> "the raw weights; no average is better";
          case EMA -> "the exponential moving average (ema) of the weights";
          case SWA -> "the stochastic weight average (swa)";
        });
  }

  /** Whether the weights of an epoch were selected. */
  public boolean isBest(EpochMetrics epoch) {
    return bestEpoch.isPresent() && bestEpoch.getAsInt() == epoch.epoch();
  }
}
