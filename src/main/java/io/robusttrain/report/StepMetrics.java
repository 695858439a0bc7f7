package io.robusttrain.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.run.JsonLines;

/**
 * One optimiser update. Values that are not finite are {@code null} in the file and NaN here.
 *
 * @param epoch counted from 0
 * @param step optimiser update within the run, counted from 0
 * @param loss mean over the global batch
 * @param eps attack radius in units of [0,1] pixels
 * @param lr learning rate
 * @param gradNorm L2 norm of the averaged gradient before clipping
 * @param imagesPerSecond of the whole cluster
 * @param dataWaitShare fraction of the step spent waiting for data, in [0,1]
 * @param badSamples samples that others stood in for
 */
public record StepMetrics(
    int epoch,
    long step,
    double loss,
    double eps,
    double lr,
    double gradNorm,
    double imagesPerSecond,
    double dataWaitShare,
    int badSamples) {
  static final String KIND = "step";

  private static final String BAD_SAMPLES = "bad_samples";

  ObjectNode toJson() {
    ObjectNode node = JsonLines.line(KIND).put("epoch", epoch).put("step", step);
    Json.put(node, "loss", loss);
    Json.put(node, "eps", eps);
    Json.put(node, "lr", lr);
    Json.put(node, "grad_norm", gradNorm);
    Json.put(node, "images_per_s", imagesPerSecond);
    Json.put(node, "data_wait_share", dataWaitShare);
    if (badSamples > 0) {
      node.put(BAD_SAMPLES, badSamples);
    }
    return node;
  }

  static StepMetrics fromJson(JsonNode node) {
    return new StepMetrics(
        node.path("epoch").asInt(),
        node.path("step").asLong(),
        Json.numberOrNan(node, "loss"),
        Json.numberOrNan(node, "eps"),
        Json.numberOrNan(node, "lr"),
        Json.numberOrNan(node, "grad_norm"),
        Json.numberOrNan(node, "images_per_s"),
        Json.numberOrNan(node, "data_wait_share"),
        node.path(BAD_SAMPLES).asInt());
  }
}
