package io.robusttrain.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

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

  /** A step without bad samples. */
  public StepMetrics(
      int epoch,
      long step,
      double loss,
      double eps,
      double lr,
      double gradNorm,
      double imagesPerSecond,
      double dataWaitShare) {
    this(epoch, step, loss, eps, lr, gradNorm, imagesPerSecond, dataWaitShare, 0);
  }

  ObjectNode toJson() {
    ObjectNode node = JsonLines.line(KIND).put("epoch", epoch).put("step", step);
    JsonLines.put(node, "loss", loss);
    JsonLines.put(node, "eps", eps);
    JsonLines.put(node, "lr", lr);
    JsonLines.put(node, "grad_norm", gradNorm);
    JsonLines.put(node, "images_per_s", imagesPerSecond);
    JsonLines.put(node, "data_wait_share", dataWaitShare);
    if (badSamples > 0) {
      node.put(BAD_SAMPLES, badSamples);
    }
    return node;
  }

  static StepMetrics fromJson(JsonNode node) {
    return new StepMetrics(
        node.path("epoch").asInt(),
        node.path("step").asLong(),
        JsonLines.number(node, "loss"),
        JsonLines.number(node, "eps"),
        JsonLines.number(node, "lr"),
        JsonLines.number(node, "grad_norm"),
        JsonLines.number(node, "images_per_s"),
        JsonLines.number(node, "data_wait_share"),
        node.path(BAD_SAMPLES).asInt());
  }
}
