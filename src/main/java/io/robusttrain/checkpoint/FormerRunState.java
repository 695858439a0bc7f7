package io.robusttrain.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads the run state of manifests of format version 1, which is an object {@code world} of
 * strings. A name is missing where its value was zero, or where the checkpoint is older than the
 * name. To be deleted when nobody goes on with such a run any more.
 */
final class FormerRunState {
  private final Map<String, String> world;

  private FormerRunState(Map<String, String> world) {
    this.world = world;
  }

  static RunState read(JsonNode world) {
    return new FormerRunState(Json.strings(world, "world")).read();
  }

  private RunState read() {
    return new RunState(
        Occasion.named(world.getOrDefault("occasion", "epoch")),
        new EpochSums(
            Double.parseDouble(world.getOrDefault("epoch_loss_sum", "0")),
            whole("epoch_loss_steps"),
            whole("epoch_nanos")),
        new RunProgress(count("rollbacks"), whole("skipped_steps"), count("skipped_in_epoch")),
        world.containsKey("steps_per_epoch")
            ? OptionalInt.of(count("steps_per_epoch"))
            : OptionalInt.empty(),
        Optional.ofNullable(world.get("order")),
        count("workers"),
        count("replicas"));
  }

  private int count(String name) {
    return Integer.parseInt(world.getOrDefault(name, "0"));
  }

  private long whole(String name) {
    return Long.parseLong(world.getOrDefault(name, "0"));
  }
}
