package io.robusttrain.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;

/**
 * What the steps of a running epoch have come to.
 *
 * @param loss sum over the applied steps
 * @param steps how many there were
 * @param nanos wall time that the epoch has taken
 */
public record EpochSums(double loss, long steps, long nanos) {
  /** The sums of an epoch that begins. */
  public static final EpochSums NONE = new EpochSums(0, 0, 0);

  /** Returns the sums with one more applied step. */
  public EpochSums plus(double stepLoss) {
    return new EpochSums(loss + stepLoss, steps + 1, nanos);
  }

  /** The loss is hexadecimal text, which keeps all its bits. */
  ObjectNode toJson() {
    return Json.object()
        .put("loss", Double.toHexString(loss))
        .put("steps", steps)
        .put("nanos", nanos);
  }

  static EpochSums fromJson(JsonNode node) {
    return new EpochSums(
        Double.parseDouble(Json.text(node, "loss")),
        Json.whole(node, "steps"),
        Json.whole(node, "nanos"));
  }
}
