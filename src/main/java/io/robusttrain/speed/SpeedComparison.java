package io.robusttrain.speed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Figures;
import io.robusttrain.base.Json;
import io.robusttrain.base.JsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Two results of {@link SpeedJson} side by side. */
public final class SpeedComparison {
  /** What both must have in common for their figures to say anything of each other. */
  private static final List<String> SETTINGS =
      List.of(
          "model",
          "img_size",
          "num_classes",
          "engine",
          "executors",
          "replicas_per_executor",
          "threads_per_executor",
          "batch",
          "micro_batch");

  /** More than this, and the machine or its load was another. */
  private static final double SGEMM_TOLERANCE = 0.1;

  private static final String ROW = "%-34s %14s %14s %9s%n";
  private static final String UNKNOWN = "-";

  private static final String PROFILE = "profile";
  private static final double PERCENT = 100;
  private static final double MILLIS = 1e3;
  private static final double MEGA = 1e-6;

  private final JsonNode a;
  private final JsonNode b;
  private final StringBuilder text = new StringBuilder();

  private SpeedComparison(JsonNode a, JsonNode b) {
    this.a = a;
    this.b = b;
  }

  /**
   * Reads a result.
   *
   * @throws IllegalArgumentException if there is none, or the file holds something else
   */
  public static JsonNode read(Path file) throws IOException {
    try {
      JsonNode tree = Json.tree(Files.readAllBytes(file));
      if (!tree.isObject()) {
        throw foreign(file, notAnObject(tree), null);
      }
      SETTINGS.forEach(setting -> Json.field(tree, setting));
      Json.number(Json.field(tree, "images_per_s"), "median");
      Json.number(Json.field(tree, "sgemm_gflops"), "median");
      return tree;
    } catch (NoSuchFileException absent) {
      throw new IllegalArgumentException(
          "there is no file %s: name what RobustSpeed --json wrote".formatted(file), absent);
    } catch (JsonProcessingException damaged) {
      throw foreign(file, "it is not JSON: " + damaged.getOriginalMessage(), damaged);
    } catch (JsonException other) {
      throw foreign(file, other.getMessage(), other);
    }
  }

  private static String notAnObject(JsonNode tree) {
    if (tree.isArray()) {
      return "it is a list, as RobustSpeed models --json writes it";
    }
    return tree.isMissingNode() ? "it is empty" : "it is no object";
  }

  private static IllegalArgumentException foreign(Path file, String why, Exception cause) {
    return new IllegalArgumentException(
        "%s is no result of RobustSpeed --json (%s): name a file that it wrote for one model"
            .formatted(file, why),
        cause);
  }

  /** A table of both with the ratio of B to A, and warnings of what makes them incomparable. */
  public static String of(JsonNode a, JsonNode b) {
    SpeedComparison both = new SpeedComparison(a, b);
    both.text.append(ROW.formatted("", "A", "B", "B / A"));
    both.figures();
    both.profiles();
    both.text.append(Figures.format("%nA  %s%nB  %s%n", settings(a), settings(b)));
    for (String warning : both.warnings()) {
      both.text.append("warning: ").append(warning).append(System.lineSeparator());
    }
    return both.text.toString();
  }

  private void figures() {
    row("images/s", "%.3f", 1, "/images_per_s/median");
    row("images/s, slowest step", "%.3f", 1, "/images_per_s/min");
    row("images/s, fastest step", "%.3f", 1, "/images_per_s/max");
    row("step, s", "%.3f", 1, "/step_seconds/median");
    row("GFLOP/s", "%.1f", 1, "/gflops");
    row("sgemm, GFLOP/s", "%.1f", 1, "/sgemm_gflops/median");
    row("sgemm, GFLOP/s, fastest product", "%.1f", 1, "/sgemm_gflops/best");
    row("of sgemm", "%.1f %%", PERCENT, "/sgemm_ratio");
    row("of the fastest sgemm", "%.1f %%", PERCENT, "/sgemm_ratio_to_best");
    row("peak RSS, MB", "%,.0f", 1.0 / (1 << 20), "/peak_rss_bytes");
    for (String part : keys(a.path("shares"), b.path("shares"))) {
      row("time, " + part.replace('_', '/'), "%.1f %%", PERCENT, "/shares/" + part);
    }
    if (a.has("overhead_seconds") || b.has("overhead_seconds")) {
      row("overhead, s", "%.3f", 1, "/overhead_seconds/median");
    }
  }

  /** Kinds of operations, where both results have them. */
  private void profiles() {
    if (!a.has(PROFILE) || !b.has(PROFILE)) {
      return;
    }
    text.append(System.lineSeparator());
    row("recorded step, ms", "%,.1f", MILLIS, "/profile/seconds");
    row("between operations, ms", "%,.1f", MILLIS, "/profile/between_operations_seconds");
    row("optimiser, ms", "%,.1f", MILLIS, "/profile/optimiser_seconds");
    for (String kind : keys(a.at("/profile/kinds"), b.at("/profile/kinds"))) {
      row(
          kind.replace('_', ' ') + ", ms",
          "%,.1f",
          MILLIS,
          "/profile/kinds/%s/seconds".formatted(kind));
    }
    row("operations", "%,.0f", 1, "/profile/all/calls");
    row("MB moved", "%,.1f", MEGA, "/profile/all/bytes_moved");
    row("allocations", "%,.0f", 1, "/profile/all/allocations");
    row("MB allocated", "%,.1f", MEGA, "/profile/all/allocated_bytes");
  }

  private static Set<String> keys(JsonNode first, JsonNode second) {
    Set<String> keys = new LinkedHashSet<>();
    first.fieldNames().forEachRemaining(keys::add);
    second.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  private void row(String name, String format, double scale, String place) {
    double inA = a.at(place).asDouble(Double.NaN);
    double inB = b.at(place).asDouble(Double.NaN);
    double ratio = inB / inA;
    text.append(
        ROW.formatted(
            name,
            figure(format, scale * inA),
            figure(format, scale * inB),
            Double.isFinite(ratio) ? Figures.format("%.3f", ratio) : UNKNOWN));
  }

  @SuppressWarnings("FormatStringAnnotation") // one of the few above
  private static String figure(String format, double value) {
    return Double.isNaN(value) ? UNKNOWN : Figures.format(format, value);
  }

  private static String settings(JsonNode result) {
    return "%s at %s px, batch %s, %s, executors %s, replicas %s, threads %s"
        .formatted(
            result.path("model").asText(),
            result.path("img_size").asText(),
            result.path("batch").asText(),
            result.path("engine").asText(),
            result.path("executors").asText(),
            result.path("replicas_per_executor").asText(),
            result.path("threads_per_executor").asText());
  }

  private List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (String setting : SETTINGS) {
      if (!a.get(setting).equals(b.get(setting))) {
        warnings.add(
            "not the same %s: %s and %s"
                .formatted(
                    setting.replace('_', ' '), a.get(setting).asText(), b.get(setting).asText()));
      }
    }
    double ratio = rate(b) / rate(a);
    if (Math.max(ratio, 1 / ratio) > 1 + SGEMM_TOLERANCE) {
      warnings.add(
          Figures.format(
              "the sgemm rates are %.1f and %.1f GFLOP/s, more than %.0f %% apart: the machine or its load was another; repeat both in turn when idle",
              rate(a), rate(b), PERCENT * SGEMM_TOLERANCE));
    }
    return warnings;
  }

  private static double rate(JsonNode result) {
    return result.at("/sgemm_gflops/median").asDouble();
  }
}
