package io.robusttrain.report.view;

import io.robusttrain.base.Figures;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.ResultTable;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.report.figure.Figure;
import io.robusttrain.report.page.Chart;
import io.robusttrain.report.page.Page;
import io.robusttrain.report.page.Table;
import io.robusttrain.report.page.Table.Look;
import io.robusttrain.run.RunDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;

/**
 * {@code report.html}: one run, or several side by side, as one file without anything from outside.
 *
 * @param title of the page, such as the run id
 * @param runs at least one, no name twice
 */
public record HtmlReport(String title, List<RunView> runs) {
  /** More are counted only; metrics.jsonl has them all. */
  private static final int MOST_ALARMS = 500;

  /** Of more the table is there if it is asked for. */
  private static final int MOST_EPOCHS = 30;

  public HtmlReport {
    runs = List.copyOf(runs);
  }

  /** The page of one run. */
  public HtmlReport(RunView run) {
    this(run.name(), List.of(run));
  }

  /** The charts of a run as PNG of 720 pixels in width, by title. */
  public static Map<String, byte[]> charts(MetricsLog.Content metrics) throws IOException {
    ResultTable table =
        new ResultTable(
            metrics.epochs(),
            OptionalInt.empty(),
            WeightsKind.RAW,
            new Path("best"),
            new Path("run"),
            metrics.alarms());
    RunView run = new RunView("run", table, metrics, "", "", Map.of(), Optional.empty());
    Map<String, byte[]> pictures = new LinkedHashMap<>();
    for (Chart chart : new RunCharts(List.of(run)).all()) {
      for (Figure figure : chart.figures()) {
        if (!figure.isEmpty()) {
          pictures.put(figure.title(), figure.png());
        }
      }
    }
    return pictures;
  }

  /** The runs, those that share a name under their directories. */
  public static List<RunView> distinct(List<RunView> runs) {
    Set<String> names = new TreeSet<>();
    Set<String> twice = new TreeSet<>();
    runs.stream().map(RunView::name).filter(name -> !names.add(name)).forEach(twice::add);
    return runs.stream()
        .map(run -> twice.contains(run.name()) ? run.named(run.results().run().toString()) : run)
        .toList();
  }

  /** Writes the page into a run directory, whole or not at all. */
  public void write(RunDirectory run) throws IOException {
    run.write(run.report().getName(), render());
  }

  /** The whole page as text. */
  public String render() {
    Page page = new Page(title);
    if (runs.size() == 1) {
      page.facts(facts(runs.get(0)));
    }
    if (runs.size() > 1) {
      page.section("Runs").table(summary());
    }
    page.section("Curves");
    if (runs.size() > 1) {
      page.runs(runs.stream().map(RunView::name).toList());
    }
    page.charts(new RunCharts(runs).all());
    alarms(page);
    looks(page);
    page.section("Epochs");
    for (RunView run : runs) {
      results(page, run);
    }
    configuration(page);
    provenance(page);
    return page.render();
  }

  private static Map<String, String> facts(RunView run) {
    Map<String, String> facts = new LinkedHashMap<>();
    List<String> summary = summary(run);
    facts.put("best epoch", summary.get(1));
    facts.put("clean accuracy", summary.get(2));
    facts.put("FGSM accuracy", summary.get(3));
    facts.put("epochs", summary.get(4));
    facts.put("steps", summary.get(5));
    facts.put("time of the epochs", summary.get(6));
    facts.put("alarms", summary.get(7));
    return facts;
  }

  private Table summary() {
    Table table = new Table("Runs, accuracy at the best epoch").column("run", Look.TEXT);
    table.numbers("best epoch", "clean", "FGSM", "epochs", "steps", "time of the epochs", "alarms");
    runs.forEach(run -> table.row(summary(run).toArray(String[]::new)));
    return table;
  }

  private static List<String> summary(RunView run) {
    List<EpochMetrics> epochs = run.metrics().epochs();
    List<StepMetrics> steps = run.metrics().steps();
    EpochMetrics.Accuracy best = new EpochMetrics.Accuracy(Double.NaN, Double.NaN);
    for (EpochMetrics epoch : epochs) {
      if (run.results().isBest(epoch)) {
        best = run.results().bestAccuracy(epoch);
      }
    }
    long millis = Math.round(1e3 * epochs.stream().mapToDouble(EpochMetrics::seconds).sum());
    return List.of(
        run.name(),
        run.results().bestEpoch().isPresent()
            ? Integer.toString(run.results().bestEpoch().getAsInt() + 1)
            : "-",
        Figures.percent(best.cleanTop1()),
        Figures.percent(best.fgsmTop1()),
        Integer.toString(epochs.size()),
        Long.toString(steps.isEmpty() ? 0 : steps.get(steps.size() - 1).step() + 1),
        Figures.clock(Duration.ofMillis(millis)),
        Integer.toString(run.metrics().alarms().size()));
  }

  private void results(Page page, RunView run) {
    ResultTable results = run.results();
    Table table = new Table("").numbers("epoch", "train loss", "clean", "FGSM");
    for (WeightsKind kind : results.averages()) {
      table.numbers(kind.word() + " clean", kind.word() + " FGSM");
    }
    table.numbers("seconds");
    for (EpochMetrics epoch : results.epochs()) {
      List<String> cells = new ArrayList<>();
      cells.add(Integer.toString(epoch.epoch() + 1));
      cells.add(Figures.format("%.4f", epoch.trainLoss()));
      cells.add(Figures.percent(epoch.cleanTop1()));
      cells.add(Figures.percent(epoch.fgsmTop1()));
      for (WeightsKind kind : results.averages()) {
        EpochMetrics.Accuracy accuracy = ResultTable.accuracy(epoch, kind);
        cells.add(Figures.percent(accuracy.cleanTop1()));
        cells.add(Figures.percent(accuracy.fgsmTop1()));
      }
      cells.add(Figures.format("%.1f", epoch.seconds()));
      String[] row = cells.toArray(String[]::new);
      if (results.isBest(epoch)) {
        table.bestRow(row);
      } else {
        table.row(row);
      }
    }
    if (runs.size() == 1 && results.epochs().size() <= MOST_EPOCHS) {
      page.table(table);
    } else {
      page.foldedTable(runs.size() == 1 ? "all epochs" : "all epochs of " + run.name(), table);
    }
    String which = results.described().map(words -> ": " + words).orElse("");
    if (results.bestEpoch().isPresent()) {
      page.paragraph("Best model: %s%s".formatted(results.best(), which));
    }
    page.paragraph("Run directory: " + results.run());
  }

  private void looks(Page page) {
    for (RunView run : runs) {
      String whose = runs.size() > 1 ? " of " + run.name() : "";
      if (run.bestLook().isPresent()) {
        RunLook look = run.bestLook().get();
        page.section("Images at the best epoch" + whose);
        look.pictures(page);
        page.section("Classes at the best epoch" + whose);
        look.classes(page);
      }
    }
  }

  private void alarms(Page page) {
    long count = runs.stream().mapToLong(run -> run.metrics().alarms().size()).sum();
    if (count == 0) {
      return;
    }
    Table table = new Table("");
    if (runs.size() > 1) {
      table.column("run", Look.TEXT);
    }
    table.numbers("epoch", "step");
    table.column("alarm", Look.TEXT).column("response", Look.TEXT);
    table.column("what and why", Look.PROSE);
    int shown = 0;
    for (RunView run : runs) {
      for (Alarm alarm : run.metrics().alarms()) {
        if (shown++ < MOST_ALARMS) {
          table.row(row(run, alarm).toArray(String[]::new));
        }
      }
    }
    page.section("Alarms").table(table);
    if (shown > MOST_ALARMS) {
      page.paragraph("And %d more, which metrics.jsonl has.".formatted(shown - MOST_ALARMS));
    }
  }

  private List<String> row(RunView run, Alarm alarm) {
    List<String> cells = new ArrayList<>();
    if (runs.size() > 1) {
      cells.add(run.name());
    }
    cells.add(Integer.toString(alarm.epoch() + 1));
    cells.add(Long.toString(alarm.step() + 1));
    cells.add(Alarm.word(alarm.kind()));
    cells.add(Alarm.word(alarm.response()));
    cells.add(alarm.message());
    return cells;
  }

  /** The keys that any run has changed, and everything for those who ask for it. */
  private void configuration(Page page) {
    page.section("Configuration");
    Map<String, String> defaults = ConfigKeys.of(runs.get(0).defaults());
    List<Map<String, String>> configs =
        runs.stream().map(run -> ConfigKeys.of(run.config())).toList();
    Set<String> keys = new LinkedHashSet<>();
    configs.forEach(config -> keys.addAll(config.keySet()));
    Table table = new Table("Keys that are not at their defaults").column("key", Look.TEXT);
    table.column("default", Look.TEXT);
    runs.forEach(run -> table.column(runs.size() > 1 ? run.name() : "this run", Look.TEXT));
    for (String key : keys) {
      String usual = defaults.getOrDefault(key, "-");
      List<String> cells = new ArrayList<>(List.of(key, usual));
      List<Integer> changed = new ArrayList<>();
      for (Map<String, String> config : configs) {
        String value = config.getOrDefault(key, "-");
        if (!value.equals(usual)) {
          changed.add(cells.size());
        }
        cells.add(value);
      }
      if (!changed.isEmpty()) {
        table.markedRow(cells, changed);
      }
    }
    if (!table.isEmpty()) {
      page.table(table);
    }
    runs.forEach(
        run ->
            page.foldedText(
                runs.size() > 1 ? "all keys of " + run.name() : "all keys", run.config()));
  }

  private void provenance(Page page) {
    Table table = new Table("").column("of", Look.TEXT);
    runs.forEach(run -> table.column(runs.size() > 1 ? run.name() : "this run", Look.TEXT));
    Set<String> names = new TreeSet<>();
    runs.forEach(run -> names.addAll(run.provenance().keySet()));
    for (String name : names) {
      List<String> cells = new ArrayList<>(List.of(name));
      runs.forEach(run -> cells.add(run.provenance().getOrDefault(name, "-")));
      table.row(cells.toArray(String[]::new));
    }
    page.section("Provenance").table(table);
  }
}
