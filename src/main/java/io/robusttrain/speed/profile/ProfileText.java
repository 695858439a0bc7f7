package io.robusttrain.speed.profile;

import io.robusttrain.base.Figures;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** A profile as tables for the screen. */
public final class ProfileText {
  /** Operations that get a line of their own. */
  private static final int LONGEST = 20;

  private static final String ROW = "%-44s %9s %7s %9s %9s %8s %10s %7s %7s %10s%n";
  private static final String UNKNOWN = "-";

  private ProfileText() {}

  /** The kinds of operations, then the operations that take longest. */
  public static String of(StepProfile profile) {
    StringBuilder text = new StringBuilder();
    Cost total = profile.total();
    text.append(
        Figures.format(
            "profile    a step in %.3f s, %.3f s without recording: %,d operations%n%n",
            profile.seconds(), profile.plainSeconds(), total.calls()));
    head(text, "kind");
    sorted(profile.kinds())
        .forEach(kind -> row(text, profile, kind.getKey().label(), kind.getValue()));
    time(text, profile, "between operations", profile.betweenSeconds());
    time(text, profile, "optimiser", profile.optimiserSeconds());
    row(text, profile, "all operations", total);
    text.append(System.lineSeparator());
    head(text, "operation");
    sorted(profile.operations()).stream()
        .limit(LONGEST)
        .forEach(operation -> row(text, profile, operation.getKey(), operation.getValue()));
    return text.toString();
  }

  private static <K> List<Map.Entry<K, Cost>> sorted(Map<K, Cost> costs) {
    Comparator<Map.Entry<K, Cost>> bySeconds =
        Comparator.comparingDouble(entry -> entry.getValue().seconds());
    return costs.entrySet().stream().sorted(bySeconds.reversed()).toList();
  }

  private static void head(StringBuilder text, String first) {
    text.append(
        ROW.formatted(
            first,
            "ms",
            "of step",
            "attack",
            "training",
            "calls",
            "MB moved",
            "GB/s",
            "allocs",
            "MB"));
  }

  private static void row(StringBuilder text, StepProfile profile, String name, Cost cost) {
    text.append(
        ROW.formatted(
            name,
            millis(cost.seconds()),
            share(profile, cost.seconds()),
            millis(cost.attackSeconds()),
            millis(cost.seconds() - cost.attackSeconds()),
            Figures.format("%,d", cost.calls()),
            megabytes(cost.bytesMoved()),
            rate(cost),
            Figures.format("%,d", cost.allocations()),
            megabytes(cost.allocatedBytes())));
  }

  private static void time(StringBuilder text, StepProfile profile, String name, double seconds) {
    text.append(Figures.format("%-44s %9s %7s%n", name, millis(seconds), share(profile, seconds)));
  }

  private static String millis(double seconds) {
    return Double.isNaN(seconds) ? UNKNOWN : Figures.format("%,.1f", 1e3 * seconds);
  }

  private static String share(StepProfile profile, double seconds) {
    return Figures.format("%.1f %%", 100 * profile.share(seconds));
  }

  private static String megabytes(long bytes) {
    return Figures.format("%,.1f", bytes / 1e6);
  }

  private static String rate(Cost cost) {
    double rate = cost.bytesPerSecond();
    return cost.bytesMoved() == 0 || Double.isNaN(rate)
        ? UNKNOWN
        : Figures.format("%.1f", rate / 1e9);
  }
}
