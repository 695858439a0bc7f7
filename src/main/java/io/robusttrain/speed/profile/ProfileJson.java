package io.robusttrain.speed.profile;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;

/** A profile for programs: seconds and bytes of one step. */
public final class ProfileJson {
  private ProfileJson() {}

  /** One object with all figures, every operation included. */
  public static ObjectNode of(StepProfile profile) {
    ObjectNode json = Json.object();
    json.put("recorded_steps", profile.recorded());
    json.put("seconds", profile.seconds());
    json.put("seconds_without_recording", profile.plainSeconds());
    json.put("between_operations_seconds", profile.betweenSeconds());
    json.put("optimiser_seconds", profile.optimiserSeconds());
    json.set("all", of(profile.total()));
    ObjectNode kinds = json.putObject("kinds");
    profile.kinds().forEach((kind, cost) -> kinds.set(kind.key(), of(cost)));
    ObjectNode operations = json.putObject("operations");
    profile.operations().forEach((name, cost) -> operations.set(name, of(cost)));
    return json;
  }

  private static ObjectNode of(Cost cost) {
    ObjectNode json = Json.object();
    json.put("seconds", cost.seconds());
    Json.put(json, "attack_seconds", cost.attackSeconds());
    return json.put("calls", cost.calls())
        .put("bytes_moved", cost.bytesMoved())
        .put("allocations", cost.allocations())
        .put("allocated_bytes", cost.allocatedBytes());
  }
}
