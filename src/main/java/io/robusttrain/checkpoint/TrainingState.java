package io.robusttrain.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.checkpoint.card.ArchitectureCard;
import io.robusttrain.checkpoint.card.Provenance;
import io.robusttrain.checkpoint.card.Scores;
import java.util.Optional;

/**
 * Where a run stands between two steps, at the end of an epoch or inside one. With the tensors of
 * the checkpoint it is all that the run needs to go on: schedules and the sampler follow from step
 * and seed.
 *
 * @param epoch epochs that have ended, so the running epoch is the one with this index
 * @param step completed optimiser steps of the run, left out ones included
 * @param seed of the run
 * @param architecture of the model
 * @param run what the driver must know besides
 * @param scores of the weights, if they were validated
 * @param config the effective configuration as text, which a run that goes on is compared with
 * @param provenance versions and data
 */
public record TrainingState(
    int epoch,
    long step,
    long seed,
    ArchitectureCard architecture,
    RunState run,
    Optional<Scores> scores,
    String config,
    Provenance provenance) {
  public TrainingState {
    if (epoch < 0 || step < 0) {
      throw new IllegalArgumentException("Epoch %d and step %d are counts.".formatted(epoch, step));
    }
  }

  ObjectNode toJson() {
    ObjectNode node = Json.object().put("epoch", epoch).put("step", step).put("seed", seed);
    node.set("architecture", architecture.toJson());
    node.set("run", run.toJson());
    scores.ifPresent(value -> node.set("scores", value.toJson()));
    node.put("config", config);
    node.set("provenance", provenance.toJson());
    return node;
  }

  static TrainingState fromJson(JsonNode node) {
    return fromJson(node, RunState.fromJson(Json.field(node, "run")));
  }

  /** Reads the state in a manifest of format version 1. */
  static TrainingState fromFormerJson(JsonNode node) {
    return fromJson(node, FormerRunState.read(Json.field(node, "world")));
  }

  private static TrainingState fromJson(JsonNode node, RunState run) {
    return new TrainingState(
        Json.count(node, "epoch"),
        Json.whole(node, "step"),
        Json.whole(node, "seed"),
        ArchitectureCard.fromJson(Json.field(node, "architecture")),
        run,
        Optional.ofNullable(node.get("scores")).map(Scores::fromJson),
        Json.text(node, "config"),
        Provenance.fromJson(Json.field(node, "provenance")));
  }
}
