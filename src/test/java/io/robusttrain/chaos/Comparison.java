package io.robusttrain.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.checkpoint.tensors.DType;
import io.robusttrain.checkpoint.tensors.SafetensorsFile;
import io.robusttrain.checkpoint.tensors.SafetensorsFiles;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How far a run is from an undisturbed one of the same settings.
 *
 * @param weights largest absolute difference of a weight of the last checkpoint, in units of the
 *     largest weight of its tensor
 * @param losses largest relative difference of a step's loss
 */
record Comparison(double weights, double losses) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * Compares two run directories.
   *
   * @throws AssertionError if the other lacks a step or has one twice, or another last checkpoint
   */
  static Comparison of(Path undisturbed, Path other) throws IOException {
    return new Comparison(weights(undisturbed, other), losses(undisturbed, other));
  }

  /** Whether every weight and every loss is the same number. */
  boolean equal() {
    return weights == 0 && losses == 0;
  }

  /** The larger of both. */
  double largest() {
    return Math.max(weights, losses);
  }

  private static double losses(Path undisturbed, Path other) throws IOException {
    SortedMap<Long, Double> expected = lossesOf(undisturbed);
    SortedMap<Long, Double> found = lossesOf(other);
    if (!expected.keySet().equals(found.keySet())) {
      throw new AssertionError(
          "%s has %d steps, %s has %d"
              .formatted(undisturbed, expected.size(), other, found.size()));
    }
    double largest = 0;
    for (Map.Entry<Long, Double> step : expected.entrySet()) {
      double difference = Math.abs(found.get(step.getKey()) - step.getValue());
      largest = Math.max(largest, difference / Math.abs(step.getValue()));
    }
    return largest;
  }

  private static SortedMap<Long, Double> lossesOf(Path run) throws IOException {
    SortedMap<Long, Double> losses = new TreeMap<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      JsonNode node = MAPPER.readTree(line);
      if (node.path("kind").asText().equals("step")
          && losses.put(node.path("step").asLong(), node.path("loss").asDouble()) != null) {
        throw new AssertionError("%s has step %s twice".formatted(run, node.path("step")));
      }
    }
    return losses;
  }

  private static double weights(Path undisturbed, Path other) throws IOException {
    Path expected = lastCheckpoint(undisturbed);
    Path found = lastCheckpoint(other);
    if (!expected.getFileName().equals(found.getFileName())) {
      throw new AssertionError("%s ended with %s".formatted(found, expected.getFileName()));
    }
    double largest = 0;
    try (SafetensorsFile one = SafetensorsFiles.open(expected.resolve("model.safetensors"));
        SafetensorsFile two = SafetensorsFiles.open(found.resolve("model.safetensors"))) {
      for (TensorSpec spec : one.tensors()) {
        if (spec.dtype() == DType.F32) {
          largest = Math.max(largest, relative(one.floats(spec.name()), two.floats(spec.name())));
        }
      }
    }
    return largest;
  }

  private static double relative(float[] expected, float[] found) {
    double difference = 0;
    double scale = 0;
    for (int i = 0; i < expected.length; i++) {
      difference = Math.max(difference, Math.abs((double) expected[i] - found[i]));
      scale = Math.max(scale, Math.abs((double) expected[i]));
    }
    return scale == 0 ? difference : difference / scale;
  }

  private static Path lastCheckpoint(Path run) throws IOException {
    try (Stream<Path> checkpoints = Files.list(run.resolve("checkpoints"))) {
      return checkpoints
          .filter(folder -> folder.getFileName().toString().startsWith("epoch-"))
          .filter(folder -> Files.exists(folder.resolve("manifest.json")))
          .max(Path::compareTo)
          .orElseThrow(() -> new AssertionError(run + " holds no checkpoint"));
    }
  }
}
