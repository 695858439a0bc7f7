package io.robusttrain.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the driver of a run must know, besides its position and its weights, to go on as if it had
 * not been interrupted.
 *
 * @param occasion why the checkpoint was written
 * @param sums of the running epoch
 * @param progress what guards have done
 * @param stepsPerEpoch optimiser steps of an epoch; empty in checkpoints of before it was recorded
 * @param order of the images, in words that are equal for equal orders; empty as above
 * @param workers that shared the step; informative, for any number can go on; 0 if not recorded
 * @param replicas of each worker; informative, as above
 */
public record RunState(
    Occasion occasion,
    EpochSums sums,
    RunProgress progress,
    OptionalInt stepsPerEpoch,
    Optional<String> order,
    int workers,
    int replicas) {
  ObjectNode toJson() {
    ObjectNode node = Json.object().put("occasion", occasion.word());
    node.set("epoch_sums", sums.toJson());
    node.set("guards", progress.toJson());
    stepsPerEpoch.ifPresent(steps -> node.put("steps_per_epoch", steps));
    order.ifPresent(words -> node.put("order", words));
    return node.put("workers", workers).put("replicas", replicas);
  }

  static RunState fromJson(JsonNode node) {
    return new RunState(
        Occasion.named(Json.text(node, "occasion")),
        EpochSums.fromJson(Json.field(node, "epoch_sums")),
        RunProgress.fromJson(Json.field(node, "guards")),
        node.has("steps_per_epoch")
            ? OptionalInt.of(Json.count(node, "steps_per_epoch"))
            : OptionalInt.empty(),
        node.has("order") ? Optional.of(Json.text(node, "order")) : Optional.empty(),
        Json.count(node, "workers"),
        Json.count(node, "replicas"));
  }
}
