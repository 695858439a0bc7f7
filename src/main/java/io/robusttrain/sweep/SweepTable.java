package io.robusttrain.sweep;

import io.robusttrain.base.Figures;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The results of a sweep as text: the most robust run first, runs without a score last, a column
 * for each key that the sweep changes. Accuracies are percentages.
 *
 * @param keys the keys
 * @param results of all runs, in any order
 */
public record SweepTable(List<String> keys, List<RunResult> results) {
  public SweepTable {
    keys = List.copyOf(keys);
    results =
        results.stream()
            .sorted(
                Comparator.comparingDouble(
                    result -> Double.isNaN(result.robust()) ? 1 : -result.robust()))
            .toList();
  }

  /** One line a run, after a header. */
  public String render() {
    List<List<String>> rows = new ArrayList<>();
    List<String> header = new ArrayList<>(List.of("run"));
    header.addAll(keys);
    header.addAll(List.of("clean", "robust", "best epoch", "seconds", "status"));
    rows.add(header);
    for (RunResult result : results) {
      List<String> row = new ArrayList<>(List.of(result.run().name()));
      for (String key : keys) {
        row.add(result.run().overrides().getOrDefault(key, "-"));
      }
      row.add(Figures.percent(result.clean()));
      row.add(Figures.percent(result.robust()));
      row.add(result.bestEpoch() == 0 ? "-" : Integer.toString(result.bestEpoch()));
      row.add(result.seconds() == 0 ? "-" : Figures.format("%.0f", result.seconds()));
      row.add(result.status().word());
      rows.add(row);
    }
    int[] widths =
        IntStream.range(0, header.size())
            .map(i -> rows.stream().mapToInt(row -> row.get(i).length()).max().orElseThrow())
            .toArray();
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append(("%-" + widths[i] + "s  ").formatted(row.get(i)));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
