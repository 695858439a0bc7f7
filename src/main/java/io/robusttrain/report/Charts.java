package io.robusttrain.report;

import io.robusttrain.checkpoint.card.WeightsKind;
import java.awt.Color;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The plots of the report as PNG bytes, by title. Plots without a finite point are left out. */
final class Charts {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 360;

  /** More points than pixels say nothing more and make the report slow. */
  private static final int MOST_POINTS = 2000;

  private Charts() {}

  /** Points of one line; those that are not finite are left out. */
  private record Line(String name, List<Double> x, List<Double> y, int axis) {
    static <T> Line of(
        String name, List<T> rows, ToDoubleFunction<T> x, ToDoubleFunction<T> y, int axis) {
      int stride = Math.max(1, (rows.size() + MOST_POINTS - 1) / MOST_POINTS);
      List<T> shown =
          IntStream.range(0, rows.size())
              .filter(i -> i % stride == 0 || i == rows.size() - 1)
              .mapToObj(rows::get)
              .filter(row -> Double.isFinite(y.applyAsDouble(row)))
              .toList();
      return new Line(
          name,
          shown.stream().map(x::applyAsDouble).toList(),
          shown.stream().map(y::applyAsDouble).toList(),
          axis);
    }
  }

  static Map<String, byte[]> draw(MetricsLog.Content content) throws IOException {
    List<StepMetrics> steps = content.steps();
    List<EpochMetrics> epochs = content.epochs();
    Map<String, byte[]> charts = new LinkedHashMap<>();
    List<Line> accuracies = new ArrayList<>();
    accuracies.add(
        Line.of("clean", epochs, row -> row.epoch() + 1, row -> row.cleanTop1() * 100, 0));
    accuracies.add(Line.of("FGSM", epochs, row -> row.epoch() + 1, row -> row.fgsmTop1() * 100, 0));
    for (WeightsKind kind : WeightsKind.values()) {
      accuracies.add(
          Line.of(
              "FGSM, " + kind.word(),
              epochs,
              row -> row.epoch() + 1,
              row -> ResultTable.accuracy(row, kind).fgsmTop1() * 100,
              0));
    }
    add(charts, "Accuracy", "epoch", List.of("top-1 in %"), accuracies.toArray(Line[]::new));
    add(
        charts,
        "Training loss",
        "step",
        List.of("loss"),
        Line.of("loss", steps, StepMetrics::step, StepMetrics::loss, 0));
    boolean levels = steps.stream().allMatch(row -> RadiusText.inLevels(row.eps()));
    add(
        charts,
        "Schedules",
        "step",
        List.of(levels ? "epsilon x 255" : "epsilon", "learning rate"),
        Line.of(
            "epsilon", steps, StepMetrics::step, row -> levels ? row.eps() * 255 : row.eps(), 0),
        Line.of("learning rate", steps, StepMetrics::step, StepMetrics::lr, 1));
    add(
        charts,
        "Throughput",
        "step",
        List.of("images/s"),
        Line.of("images/s", steps, StepMetrics::step, StepMetrics::imagesPerSecond, 0));
    return charts;
  }

  private static void add(
      Map<String, byte[]> charts, String title, String xTitle, List<String> yTitles, Line... lines)
      throws IOException {
    if (Arrays.stream(lines).allMatch(line -> line.x().isEmpty())) {
      return;
    }
    XYChart chart =
        new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title).xAxisTitle(xTitle).build();
    Styler styler = chart.getStyler();
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setLegendPosition(Styler.LegendPosition.OutsideS);
    styler.setLegendLayout(Styler.LegendLayout.Horizontal);
    styler.setYAxisGroupPosition(1, Styler.YAxisPosition.Right);
    for (int axis = 0; axis < yTitles.size(); axis++) {
      chart.setYAxisGroupTitle(axis, yTitles.get(axis));
    }
    for (Line line : lines) {
      if (!line.x().isEmpty()) {
        XYSeries series = chart.addSeries(line.name(), line.x(), line.y());
        series.setMarker(line.x().size() > 30 ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE);
        series.setYAxisGroup(line.axis());
      }
    }
    charts.put(title, BitmapEncoder.getBitmapBytes(chart, BitmapEncoder.BitmapFormat.PNG));
  }
}
