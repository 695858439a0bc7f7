package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.util.Arrays;

/**
 * Mean and spread of repeated measurements.
 *
 * @param mean of the values
 * @param deviation their standard deviation, of a sample (n - 1); NaN for one value, which has none
 */
record Summary(double mean, double deviation) {
  /** The summary of one value or more. */
  static Summary of(double... values) {
    double mean = Arrays.stream(values).sum() / values.length;
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    return new Summary(
        mean, values.length == 1 ? Double.NaN : Math.sqrt(squares / (values.length - 1)));
  }

  ObjectNode json() {
    ObjectNode node = Json.object();
    Json.put(node, "mean", mean);
    Json.put(node, "std", deviation);
    return node;
  }

  static Summary read(JsonNode node) {
    return new Summary(Json.numberOrNan(node, "mean"), Json.numberOrNan(node, "std"));
  }
}
