package io.robusttrain.report.view;

import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.report.Alarm;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.RadiusText;
import io.robusttrain.report.ResultTable;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.report.figure.Axis;
import io.robusttrain.report.figure.Curve;
import io.robusttrain.report.page.Chart;
import io.robusttrain.report.page.Chart.Kind;
import io.robusttrain.report.page.Chart.Line;
import io.robusttrain.report.page.Chart.Mark;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The charts of runs. All have one x axis, the epochs that are done, so that runs with other
 * batches lie one over the other: the first step of a run is at a fraction of 1, its first
 * validation at 1.
 */
final class RunCharts {
  private static final int MOST_MARKS = 400;
  private static final double PERCENT = 100;
  private static final int LEVELS = 255;

  private final List<RunView> runs;

  RunCharts(List<RunView> runs) {
    this.runs = runs;
  }

  /**
   * What a line shows of each run.
   *
   * @param axis index of the y axis
   */
  private record Of<T>(String name, int axis, ToDoubleFunction<T> value) {}

  List<Chart> all() {
    boolean levels =
        runs.stream()
            .flatMap(run -> run.metrics().steps().stream())
            .allMatch(step -> RadiusText.inLevels(step.eps()));
    return List.of(
        accuracies(),
        steps("Training loss", "loss", new Of<>("loss", 0, StepMetrics::loss)),
        steps(
            "Epsilon and learning rate",
            List.of(levels ? "epsilon x 255" : "epsilon", "learning rate"),
            List.of(
                new Of<>("epsilon", 0, step -> levels ? step.eps() * LEVELS : step.eps()),
                new Of<>("learning rate", 1, StepMetrics::lr))),
        steps(
            "Gradient norm before clipping",
            "L2 norm",
            new Of<>("gradient norm", 0, StepMetrics::gradNorm)),
        steps("Throughput", "images/s", new Of<>("images/s", 0, StepMetrics::imagesPerSecond)),
        steps(
            "Wait for data",
            "% of the step",
            new Of<>("wait", 0, step -> PERCENT * step.dataWaitShare())));
  }

  private Chart steps(String title, String y, Of<StepMetrics> line) {
    return steps(title, List.of(y), List.of(line));
  }

  private Chart accuracies() {
    List<Of<EpochMetrics>> lines = new ArrayList<>();
    lines.add(new Of<>("clean", 0, epoch -> PERCENT * epoch.cleanTop1()));
    lines.add(new Of<>("FGSM", 0, epoch -> PERCENT * epoch.fgsmTop1()));
    for (WeightsKind kind : WeightsKind.values()) {
      if (runs.stream().anyMatch(run -> run.results().averages().contains(kind))) {
        lines.add(
            new Of<>(
                "FGSM, " + kind.word(),
                0,
                epoch -> PERCENT * ResultTable.accuracy(epoch, kind).fgsmTop1()));
      }
    }
    List<Line> all = new ArrayList<>();
    for (int run = 0; run < runs.size(); run++) {
      List<EpochMetrics> epochs = runs.get(run).metrics().epochs();
      double[] x = epochs.stream().mapToDouble(epoch -> epoch.epoch() + 1.0).toArray();
      add(all, lines, epochs, x, run);
    }
    return chart("Accuracy on the validation split", List.of("top-1 in %"), all);
  }

  private Chart steps(String title, List<String> y, List<Of<StepMetrics>> lines) {
    List<Line> all = new ArrayList<>();
    for (int run = 0; run < runs.size(); run++) {
      List<StepMetrics> steps = runs.get(run).metrics().steps();
      EpochScale scale = EpochScale.of(runs.get(run));
      double[] x =
          steps.stream().mapToDouble(step -> scale.after(step.epoch(), step.step())).toArray();
      add(all, lines, steps, x, run);
    }
    return chart(title, y, all);
  }

  /** Of several runs each has a colour, and each figure a pattern; of one, figures have colours. */
  private <T> void add(List<Line> all, List<Of<T>> lines, List<T> rows, double[] x, int run) {
    for (int i = 0; i < lines.size(); i++) {
      Of<T> line = lines.get(i);
      double[] y = rows.stream().mapToDouble(line.value()).toArray();
      if (java.util.Arrays.stream(y).noneMatch(Double::isFinite)) {
        continue;
      }
      boolean several = runs.size() > 1;
      String name = several ? runs.get(run).name() + " " + line.name() : line.name();
      all.add(new Line(Curve.of(name, x, y), line.axis(), run, several ? run : i, several ? i : 0));
    }
  }

  private Chart chart(String title, List<String> y, List<Line> lines) {
    return new Chart(
        title, Axis.linear("epoch"), y.stream().map(Axis::linear).toList(), lines, marks());
  }

  private List<Mark> marks() {
    List<Mark> marks = new ArrayList<>();
    for (RunView run : runs) {
      String whose = runs.size() > 1 ? run.name() + ": " : "";
      EpochScale scale = EpochScale.of(run);
      for (Alarm alarm : run.metrics().alarms()) {
        boolean back = alarm.goesBack() || alarm.response() == Alarm.Response.RECOVERED;
        marks.add(
            new Mark(
                scale.after(alarm.epoch(), alarm.step()),
                back ? Kind.RECOVERY : Kind.ALARM,
                whose + alarm.title()));
      }
      run.results()
          .bestEpoch()
          .ifPresent(
              best ->
                  marks.add(
                      new Mark(
                          best + 1.0, Kind.BEST, "%sbest epoch %d".formatted(whose, best + 1))));
    }
    // What stands last covers what is below, and of too many the first are left out.
    return marks.subList(Math.max(0, marks.size() - MOST_MARKS), marks.size());
  }
}
