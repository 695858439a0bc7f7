package io.robusttrain.evaluate.result;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Figures;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Two results side by side. */
public final class Comparison {
  private Comparison() {}

  /** A table of both, and of what makes them incomparable. */
  public static String of(EvaluationResult first, EvaluationResult second) {
    JsonNode a = first.tree();
    JsonNode b = second.tree();
    StringBuilder text = new StringBuilder();
    text.append(String.format("%-24s %14s %14s %12s%n", "", "A", "B", "B - A"));
    row(text, "clean", first.cleanAccuracy(), second.cleanAccuracy());
    for (String radius : texts("radius", a.path("radii"), b.path("radii"))) {
      JsonNode inA = named(a.path("radii"), "radius", radius);
      JsonNode inB = named(b.path("radii"), "radius", radius);
      for (String attack : texts("name", inA.path("attacks"), inB.path("attacks"))) {
        row(
            text,
            "%s after %s".formatted(radius, attack),
            accuracy(named(inA.path("attacks"), "name", attack)),
            accuracy(named(inB.path("attacks"), "name", attack)));
      }
      row(text, radius + " robust", accuracy(inA), accuracy(inB));
    }
    text.append(String.format("%nA  %s%nB  %s%n", describe(a), describe(b)));
    for (String difference : differences(a, b)) {
      text.append("warning: not the same ").append(difference).append('\n');
    }
    return text.toString();
  }

  /** A field of the items of both lists, each text once. */
  private static Set<String> texts(String field, JsonNode a, JsonNode b) {
    Set<String> texts = new LinkedHashSet<>();
    a.forEach(item -> texts.add(item.path(field).asText()));
    b.forEach(item -> texts.add(item.path(field).asText()));
    return texts;
  }

  private static JsonNode named(JsonNode list, String field, String value) {
    for (JsonNode item : list) {
      if (item.path(field).asText().equals(value)) {
        return item;
      }
    }
    return list.path(-1);
  }

  private static double accuracy(JsonNode node) {
    return node.path("robust_accuracy").asDouble(Double.NaN);
  }

  private static void row(StringBuilder text, String name, double a, double b) {
    String difference =
        Double.isNaN(a) || Double.isNaN(b) ? "-" : Figures.format("%+.2f", 100 * (b - a));
    text.append(
        String.format(
            "%-24s %14s %14s %12s%n", name, Figures.percent(a), Figures.percent(b), difference));
  }

  private static String describe(JsonNode tree) {
    return "%s, %s, %d images, %s"
        .formatted(
            tree.path("model").path("name").asText(),
            tree.path("model").path("file").asText(),
            tree.path("n").asInt(),
            tree.path("attack_set").asText());
  }

  private static List<String> differences(JsonNode a, JsonNode b) {
    List<String> differences = new ArrayList<>();
    if (!a.path("data").path("sha256").equals(b.path("data").path("sha256"))) {
      differences.add("data");
    } else if (!a.path("data")
        .path("samples_sha256")
        .equals(b.path("data").path("samples_sha256"))) {
      differences.add("images");
    }
    for (String field : new String[] {"norm", "attack_set", "coverage", "seed"}) {
      if (!a.path(field).equals(b.path(field))) {
        differences.add(
            "%s: %s and %s"
                .formatted(
                    field.replace('_', ' '), a.path(field).asText(), b.path(field).asText()));
      }
    }
    return differences;
  }
}
