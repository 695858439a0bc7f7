package io.robusttrain.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a run stands at an epoch boundary. Schedules and the sampler follow from epoch, step and
 * seed alone.
 *
 * @param epoch completed epochs, so the next epoch is the one with this index
 * @param step completed optimiser updates
 * @param seed of the run
 * @param architecture of the model
 * @param world how the run was distributed, as names and values; informative
 * @param scores of the weights, if they were validated
 * @param config the effective configuration as text
 * @param provenance versions and data
 */
public record TrainingState(
    int epoch,
    long step,
    long seed,
    ArchitectureCard architecture,
    SortedMap<String, String> world,
    Optional<Scores> scores,
    String config,
    Provenance provenance) {
  /** Checks and copies. */
  public TrainingState {
    if (epoch < 0 || step < 0) {
      throw new IllegalArgumentException("Epoch %d and step %d are counts.".formatted(epoch, step));
    }
    world = Collections.unmodifiableSortedMap(new TreeMap<>(world));
  }

  /** With a world from any map. */
  public static TrainingState of(
      int epoch,
      long step,
      long seed,
      ArchitectureCard architecture,
      Map<String, String> world,
      Optional<Scores> scores,
      String config,
      Provenance provenance) {
    return new TrainingState(
        epoch, step, seed, architecture, new TreeMap<>(world), scores, config, provenance);
  }

  ObjectNode toJson() {
    ObjectNode node = Json.object().put("epoch", epoch).put("step", step).put("seed", seed);
    node.set("architecture", architecture.toJson());
    node.set("world", Json.node(world));
    scores.ifPresent(value -> node.set("scores", value.toJson()));
    node.put("config", config);
    node.set("provenance", provenance.toJson());
    return node;
  }

  static TrainingState fromJson(JsonNode node) {
    return new TrainingState(
        Json.count(node, "epoch"),
        Json.whole(node, "step"),
        Json.whole(node, "seed"),
        ArchitectureCard.fromJson(Json.field(node, "architecture")),
        Json.strings(Json.field(node, "world"), "world"),
        Optional.ofNullable(node.get("scores")).map(Scores::fromJson),
        Json.text(node, "config"),
        Provenance.fromJson(Json.field(node, "provenance")));
  }
}
