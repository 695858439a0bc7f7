package io.robusttrain.report.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.Secrets;
import io.robusttrain.report.figure.Axis;
import io.robusttrain.report.figure.Curve;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The charts of a page as its script reads them. Places on the x axis that several lines share are
 * written once. Not thread-safe.
 */
final class ChartData {
  /** uPlot's numbers of how values become places. */
  private static final Map<Axis.Scale, Integer> SCALES =
      Map.of(Axis.Scale.LINEAR, 1, Axis.Scale.LOG, 3, Axis.Scale.LOG_FROM_ZERO, 4);

  private static final MathContext DIGITS = new MathContext(5);
  private static final MathContext PLACES = new MathContext(9);

  private final List<ObjectNode> charts = new ArrayList<>();
  private final Map<List<BigDecimal>, Integer> columns = new LinkedHashMap<>();

  /** Adds a chart. */
  void add(String id, Chart chart) {
    ObjectNode node = Json.object().put("id", id).put("title", Secrets.masked(chart.title()));
    node.put("group", chart.x().label());
    ObjectNode x = node.putObject("x").put("label", chart.x().label());
    x.put("scale", SCALES.get(chart.x().scale()));
    x.set("ticks", Json.node(chart.x().ticks()));
    ArrayNode y = node.putArray("y");
    for (Axis axis : chart.y()) {
      y.addObject().put("label", axis.label()).put("log", axis.scale() == Axis.Scale.LOG);
    }
    ArrayNode lines = node.putArray("lines");
    for (Chart.Line line : chart.lines()) {
      lines.add(line(line, chart));
    }
    ArrayNode marks = node.putArray("marks");
    for (Chart.Mark mark : chart.marks()) {
      marks
          .addObject()
          .put("x", mark.x())
          .put("kind", mark.kind().name().toLowerCase(Locale.ROOT))
          .put("text", Secrets.masked(mark.text()));
    }
    charts.add(node);
  }

  private ObjectNode line(Chart.Line line, Chart chart) {
    Curve curve = line.curve();
    List<BigDecimal> places = new ArrayList<>();
    ArrayNode values = Json.array();
    ArrayNode spreads = Json.array();
    for (int i = 0; i < curve.x().length; i++) {
      if (chart.x().shows(curve.x()[i])) {
        places.add(rounded(curve.x()[i], PLACES));
        add(values, curve.y()[i]);
        if (curve.spread().length > 0) {
          add(spreads, curve.spread()[i]);
        }
      }
    }
    ObjectNode node = Json.object().put("name", Secrets.masked(curve.name()));
    node.put("axis", line.axis()).put("run", line.run());
    node.put("colour", line.colour()).put("dash", line.dash());
    node.put("x", columns.computeIfAbsent(places, found -> columns.size()));
    node.set("y", values);
    if (!spreads.isEmpty()) {
      node.set("spread", spreads);
    }
    return node;
  }

  private static void add(ArrayNode values, double value) {
    if (Double.isFinite(value)) {
      values.add(rounded(value, DIGITS));
    } else {
      values.addNull();
    }
  }

  private static BigDecimal rounded(double value, MathContext digits) {
    BigDecimal rounded = BigDecimal.valueOf(value).round(digits).stripTrailingZeros();
    return rounded.scale() < 0 && rounded.precision() - rounded.scale() <= digits.getPrecision()
        ? rounded.setScale(0)
        : rounded;
  }

  /** The data as JSON that may stand within a script element. */
  String json() {
    ObjectNode root = Json.object();
    ArrayNode places = root.putArray("columns");
    for (List<BigDecimal> column : columns.keySet()) {
      ArrayNode node = places.addArray();
      column.forEach(node::add);
    }
    ArrayNode all = root.putArray("charts");
    charts.forEach(all::add);
    return root.toString().replace("<", "\\u003c");
  }
}
