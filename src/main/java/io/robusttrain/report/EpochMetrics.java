package io.robusttrain.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One epoch. Values that are not finite are {@code null} in the file and NaN here.
 *
 * @param epoch counted from 0
 * @param trainLoss mean over the epoch's steps
 * @param cleanTop1 validation accuracy as a fraction; NaN if this epoch was not validated
 * @param fgsmTop1 validation accuracy under FGSM at full epsilon; NaN if not validated
 * @param seconds wall time of the epoch with its validation
 * @param rssMb largest resident memory of an executor, in 10^6 bytes
 */
public record EpochMetrics(
    int epoch, double trainLoss, double cleanTop1, double fgsmTop1, double seconds, double rssMb) {
  static final String KIND = "epoch";

  ObjectNode toJson() {
    ObjectNode node = JsonLines.line(KIND).put("epoch", epoch);
    JsonLines.put(node, "train_loss", trainLoss);
    JsonLines.put(node, "clean_top1", cleanTop1);
    JsonLines.put(node, "fgsm_top1", fgsmTop1);
    JsonLines.put(node, "seconds", seconds);
    JsonLines.put(node, "rss_mb", rssMb);
    return node;
  }

  static EpochMetrics fromJson(JsonNode node) {
    return new EpochMetrics(
        node.path("epoch").asInt(),
        JsonLines.number(node, "train_loss"),
        JsonLines.number(node, "clean_top1"),
        JsonLines.number(node, "fgsm_top1"),
        JsonLines.number(node, "seconds"),
        JsonLines.number(node, "rss_mb"));
  }
}
