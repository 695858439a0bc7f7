package io.robusttrain.evaluate.result;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Figures;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.run.EvaluationFolder;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** A finished evaluation, as {@code eval.json} has it. */
public final class EvaluationResult {
  private final ObjectNode tree;

  public EvaluationResult(ObjectNode tree) {
    this.tree = tree;
  }

  /**
   * Reads a result.
   *
   * @param path an {@code eval.json} or its directory
   * @throws EvaluationException if there is none, or it is damaged
   */
  public static EvaluationResult read(String path, Configuration hadoop) throws IOException {
    Path given = new Path(path);
    FileSystem fs = given.getFileSystem(hadoop);
    try {
      Path file = fs.getFileStatus(given).isDirectory() ? new Path(given, "eval.json") : given;
      try (InputStream in = fs.open(file)) {
        return new EvaluationResult(EvaluationFolder.parse(in.readAllBytes(), file.toString()));
      }
    } catch (FileNotFoundException absent) {
      throw new EvaluationException(
          "there is no result at %s; name the eval.json of a finished evaluation".formatted(path),
          absent);
    }
  }

  /** A copy of the whole content. */
  public ObjectNode tree() {
    return tree.deepCopy();
  }

  /** Fraction of all images that are classified correctly. */
  public double cleanAccuracy() {
    return tree.path("clean").path("accuracy").asDouble();
  }

  /** Fraction of all images that the last radius leaves standing. */
  public double robustAccuracy() {
    return tree.path("robust_accuracy").asDouble();
  }

  /** The result as text for the screen: the model, the data, and a table for each radius. */
  public String table() {
    StringBuilder text = new StringBuilder();
    JsonNode model = tree.path("model");
    JsonNode data = tree.path("data");
    line(
        text,
        "model",
        "%s (%s)".formatted(model.path("name").asText(), model.path("file").asText()));
    JsonNode normalization = model.path("normalization");
    if (!normalization.isMissingNode()) {
      line(
          text,
          "pixels",
          "mean %s, std %s (%s)"
              .formatted(
                  normalization.path("mean"),
                  normalization.path("std"),
                  normalization.path("source").asText()));
    }
    line(
        text,
        "data",
        "%s of %s: %s of %d images"
            .formatted(
                data.path("split").asText(),
                data.path("path").asText(),
                data.path("samples").asText(),
                data.path("images").asLong()));
    line(text, "images", data.path("preprocessing").asText());
    line(text, "norm", tree.path("norm").asText());
    line(text, "clean", Figures.percent(cleanAccuracy()));
    for (JsonNode radius : tree.path("radii")) {
      radius(text, radius);
    }
    for (JsonNode flag : tree.path("flags")) {
      text.append("warning: ").append(flag.path("text").asText()).append('\n');
    }
    return text.toString();
  }

  private static void radius(StringBuilder text, JsonNode radius) {
    text.append(
        Figures.format(
            "%nradius %-7s %8s %8s %10s %10s %10s %12s %12s %10s %10s%n",
            radius.path("radius").asText(),
            "images",
            "broken",
            "robust",
            "alone",
            "size",
            "forward",
            "backward",
            "seconds",
            "images/s"));
    for (JsonNode attack : radius.path("attacks")) {
      JsonNode alone = attack.path("robust_accuracy_alone");
      double seconds = attack.path("seconds").asDouble();
      text.append(
          Figures.format(
              "%-14s %8d %8d %10s %10s %10s %12d %12d %10.1f %10.2f%n",
              attack.path("name").asText(),
              attack.path("images").asInt(),
              attack.path("broken").asInt(),
              Figures.percent(attack.path("robust_accuracy").asDouble()),
              alone.isMissingNode() ? "-" : Figures.percent(alone.asDouble()),
              size(attack),
              attack.path("forward_passes").asLong(),
              attack.path("backward_passes").asLong(),
              seconds,
              seconds > 0 ? attack.path("images").asInt() / seconds : 0.0));
    }
    text.append(
        String.format(
            "robust accuracy %s%n", Figures.percent(radius.path("robust_accuracy").asDouble())));
  }

  /** The median perturbation of the images that an attack broke; a dash if it broke none. */
  private static String size(JsonNode attack) {
    return attack.path("broken").asInt() == 0
        ? "-"
        : Figures.format("%.4g", attack.path("median_size").asDouble());
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append("%-8s %s%n".formatted(name, value));
  }
}
