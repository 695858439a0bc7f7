package io.robusttrain.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.run.JsonLines;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * One epoch. Values that are not finite are {@code null} in the file and NaN here.
 *
 * @param epoch counted from 0
 * @param trainLoss mean over the epoch's steps
 * @param cleanTop1 validation accuracy as a fraction; NaN if this epoch was not validated
 * @param fgsmTop1 validation accuracy under FGSM at full epsilon; NaN if not validated
 * @param seconds wall time of the epoch with its validation
 * @param rssMb largest resident memory of an executor, in 10^6 bytes
 * @param averages validation accuracy of averages of the weights; empty without averages
 * @param badSamples training samples of the epoch that others stood in for
 */
public record EpochMetrics(
    int epoch,
    double trainLoss,
    double cleanTop1,
    double fgsmTop1,
    double seconds,
    double rssMb,
    Map<WeightsKind, Accuracy> averages,
    long badSamples) {
  static final String KIND = "epoch";

  private static final String CLEAN = "clean_top1";
  private static final String FGSM = "fgsm_top1";
  private static final String BAD_SAMPLES = "bad_samples";

  /**
   * Validation accuracies, as fractions.
   *
   * @param cleanTop1 of clean images
   * @param fgsmTop1 under FGSM at full epsilon
   */
  public record Accuracy(double cleanTop1, double fgsmTop1) {}

  public EpochMetrics {
    averages = Collections.unmodifiableMap(new TreeMap<>(averages));
  }

  ObjectNode toJson() {
    ObjectNode node = JsonLines.line(KIND).put("epoch", epoch);
    Json.put(node, "train_loss", trainLoss);
    Json.put(node, CLEAN, cleanTop1);
    Json.put(node, FGSM, fgsmTop1);
    Json.put(node, "seconds", seconds);
    Json.put(node, "rss_mb", rssMb);
    averages.forEach(
        (kind, accuracy) -> {
          Json.put(node, key(kind, CLEAN), accuracy.cleanTop1());
          Json.put(node, key(kind, FGSM), accuracy.fgsmTop1());
        });
    if (badSamples > 0) {
      node.put(BAD_SAMPLES, badSamples);
    }
    return node;
  }

  static EpochMetrics fromJson(JsonNode node) {
    Map<WeightsKind, Accuracy> averages = new EnumMap<>(WeightsKind.class);
    for (WeightsKind kind : WeightsKind.values()) {
      if (node.has(key(kind, FGSM))) {
        averages.put(
            kind,
            new Accuracy(
                Json.numberOrNan(node, key(kind, CLEAN)), Json.numberOrNan(node, key(kind, FGSM))));
      }
    }
    return new EpochMetrics(
        node.path("epoch").asInt(),
        Json.numberOrNan(node, "train_loss"),
        Json.numberOrNan(node, CLEAN),
        Json.numberOrNan(node, FGSM),
        Json.numberOrNan(node, "seconds"),
        Json.numberOrNan(node, "rss_mb"),
        averages,
        node.path(BAD_SAMPLES).asLong());
  }

  /** {@code ema_fgsm_top1}; the trained weights have keys without a prefix. */
  private static String key(WeightsKind kind, String name) {
    return kind.word() + "_" + name;
  }
}
