package io.robusttrain.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Figures;
import io.robusttrain.report.figure.Axis;
import io.robusttrain.report.figure.Curve;
import io.robusttrain.report.page.Chart;
import io.robusttrain.report.page.Page;
import io.robusttrain.report.page.Table;
import io.robusttrain.report.page.Table.Look;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * {@code eval.html}: an evaluation for people, as {@code eval.json} has it.
 *
 * @param result the content of {@code eval.json}
 */
record EvaluationPage(JsonNode result) {
  private static final int LEVELS = 255;

  String render() {
    String model = result.path("model").path("name").asText();
    Page page = new Page("Robustness of " + model);
    page.facts(facts());
    result.path("flags").forEach(flag -> page.warning(flag.path("text").asText()));
    page.section("Attacks");
    if (result.path("radii").size() > 1) {
      page.charts(List.of(overRadii()));
    }
    result.path("radii").forEach(radius -> page.table(attacks(radius)));
    for (JsonNode radius : result.path("radii")) {
      page.section("Classes at radius " + radius.path("radius").asText());
      page.table(classes(radius));
      Table confusions = confusions(radius);
      if (!confusions.isEmpty()) {
        page.table(confusions);
      }
    }
    return page.section("Provenance").table(provenance()).render();
  }

  private Map<String, String> facts() {
    JsonNode radii = result.path("radii");
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("clean accuracy", percent(result.path("clean").path("accuracy")));
    facts.put("robust accuracy", percent(result.path("robust_accuracy")));
    facts.put("radius", radii.path(radii.size() - 1).path("radius").asText());
    facts.put("norm", result.path("norm").asText());
    facts.put("attacks", result.path("attack_set").asText());
    facts.put("images", result.path("n").asText());
    return facts;
  }

  private static String percent(JsonNode fraction) {
    return Figures.percent(fraction.asDouble(Double.NaN));
  }

  private Chart overRadii() {
    JsonNode radii = result.path("radii");
    boolean levels = result.path("norm").asText().equals("linf");
    double[] x = new double[radii.size()];
    double[] y = new double[radii.size()];
    for (int i = 0; i < x.length; i++) {
      x[i] = radii.path(i).path("epsilon").asDouble() * (levels ? LEVELS : 1);
      y[i] = 100 * radii.path(i).path("robust_accuracy").asDouble();
    }
    Curve curve = Curve.of("robust", x, y);
    return new Chart(
        "Robust accuracy over the radius",
        Axis.linear(levels ? "epsilon x 255" : "epsilon"),
        List.of(Axis.linear("accuracy in %")),
        List.of(new Chart.Line(curve, 0, 0, 0, 0)),
        List.of());
  }

  private static Table attacks(JsonNode radius) {
    Table table = new Table("Radius " + radius.path("radius").asText());
    table.column("attack", Look.TEXT).numbers("images", "broken");
    table.column("robust", Look.SHARE).numbers("alone", "median size", "forward", "backward", "s");
    for (JsonNode attack : radius.path("attacks")) {
      JsonNode alone = attack.path("robust_accuracy_alone");
      table.row(
          attack.path("name").asText(),
          attack.path("images").asText(),
          attack.path("broken").asText(),
          attack.path("robust_accuracy").asText(),
          alone.isMissingNode() ? "-" : percent(alone),
          attack.path("broken").asInt() == 0
              ? "-"
              : Figures.format("%.4g", attack.path("median_size").asDouble()),
          attack.path("forward_passes").asText(),
          attack.path("backward_passes").asText(),
          Figures.format("%.1f", attack.path("seconds").asDouble()));
    }
    return table;
  }

  /** The classes that have images, the most robust one first. */
  private static Table classes(JsonNode radius) {
    Table table = new Table("Accuracy of each class").column("class", Look.TEXT).numbers("images");
    table.column("clean", Look.SHARE).column("robust", Look.SHARE);
    List<JsonNode> classes =
        new ArrayList<>(StreamSupport.stream(radius.path("classes").spliterator(), false).toList());
    classes.removeIf(node -> node.path("images").asInt() == 0);
    classes.sort(
        Comparator.<JsonNode>comparingDouble(node -> -share(node, "robust"))
            .thenComparing(node -> -share(node, "correct")));
    for (JsonNode node : classes) {
      table.row(
          node.path("name").asText(),
          node.path("images").asText(),
          Double.toString(share(node, "correct")),
          Double.toString(share(node, "robust")));
    }
    return table;
  }

  private static double share(JsonNode node, String field) {
    return node.path(field).asDouble() / node.path("images").asDouble();
  }

  private static Table confusions(JsonNode radius) {
    Map<Integer, JsonNode> classes = new LinkedHashMap<>();
    radius.path("classes").forEach(node -> classes.put(node.path("class").asInt(), node));
    Table table = new Table("What the model takes images for under attack, most often first");
    table.column("is", Look.TEXT).column("is taken for", Look.TEXT).numbers("images");
    table.column("of the class", Look.SHARE);
    for (JsonNode pair : radius.path("confusions")) {
      JsonNode label = classes.get(pair.path("label").asInt());
      int prediction = pair.path("prediction").asInt();
      // A model may have more classes than the data.
      String answer =
          classes.containsKey(prediction)
              ? classes.get(prediction).path("name").asText()
              : "class " + prediction;
      double count = pair.path("images").asDouble();
      table.row(
          label.path("name").asText(),
          answer,
          pair.path("images").asText(),
          Double.toString(count / label.path("images").asDouble()));
    }
    return table;
  }

  private Table provenance() {
    Table table = new Table("").column("of", Look.TEXT).column("this evaluation", Look.PROSE);
    add(table, "", result.path("model"));
    add(table, "data ", result.path("data"));
    for (String field : List.of("seed", "batch", "threads", "device", "plan_sha256", "coverage")) {
      table.row(field, result.path(field).asText());
    }
    add(table, "version of ", result.path("versions"));
    return table;
  }

  private static void add(Table table, String prefix, JsonNode object) {
    object
        .fields()
        .forEachRemaining(
            field -> {
              if (field.getValue().isValueNode()) {
                table.row(prefix + field.getKey(), field.getValue().asText());
              } else if (field.getValue().isObject()) {
                add(table, prefix + field.getKey() + " ", field.getValue());
              } else {
                table.row(prefix + field.getKey(), field.getValue().toString());
              }
            });
  }
}
