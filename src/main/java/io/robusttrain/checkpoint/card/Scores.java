package io.robusttrain.checkpoint.card;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.JsonException;

/**
 * Validation scores of the weights they are stored with: float32, eval mode, full epsilon.
 *
 * @param epoch epoch after which the weights were taken, counted from 0
 * @param images size of the validation split
 * @param epsilon attack radius in units of [0,1] pixels
 * @param cleanTop1 fraction of clean images classified right, in [0,1], as are the others
 * @param cleanTop5 fraction with the label among the five largest logits
 * @param fgsmTop1 as {@code cleanTop1} on FGSM adversarial images; this one selects the best
 * @param fgsmTop5 as {@code cleanTop5} on FGSM adversarial images
 * @param weights which weights of the epoch these are
 */
public record Scores(
    int epoch,
    long images,
    double epsilon,
    double cleanTop1,
    double cleanTop5,
    double fgsmTop1,
    double fgsmTop5,
    WeightsKind weights) {
  public Scores {
    if (epoch < 0 || images < 1 || !(epsilon >= 0 && epsilon <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "Epoch %d, %d images, epsilon %s: out of range.".formatted(epoch, images, epsilon));
    }
    for (double fraction : new double[] {cleanTop1, cleanTop5, fgsmTop1, fgsmTop5}) {
      if (!(fraction >= 0 && fraction <= 1)) {
        throw new IllegalArgumentException("An accuracy is a fraction, not " + fraction + ".");
      }
    }
  }

  /**
   * Writes the scores under the names of the metrics file. Doubles survive the way through JSON
   * exactly. Averaged weights are named, {@code "weights": "ema"}; trained ones are not.
   */
  public ObjectNode toJson() {
    ObjectNode node =
        Json.object()
            .put("epoch", epoch)
            .put("images", images)
            .put("epsilon", epsilon)
            .put("clean_top1", cleanTop1)
            .put("clean_top5", cleanTop5)
            .put("fgsm_top1", fgsmTop1)
            .put("fgsm_top5", fgsmTop5);
    if (weights != WeightsKind.RAW) {
      node.put("weights", weights.word());
    }
    return node;
  }

  /**
   * Inverse of {@link #toJson}.
   *
   * @throws JsonException if a field is missing or of another type
   */
  public static Scores fromJson(JsonNode node) {
    return new Scores(
        Json.count(node, "epoch"),
        Json.whole(node, "images"),
        Json.number(node, "epsilon"),
        Json.number(node, "clean_top1"),
        Json.number(node, "clean_top5"),
        Json.number(node, "fgsm_top1"),
        Json.number(node, "fgsm_top5"),
        node.has("weights") ? WeightsKind.named(Json.text(node, "weights")) : WeightsKind.RAW);
  }
}
