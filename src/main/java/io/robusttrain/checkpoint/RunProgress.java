package io.robusttrain.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;

/**
 * What guards have done to a run so far.
 *
 * @param rollbacks how often the run went back; each halved the learning rate of what followed
 * @param skippedSteps steps that were counted but not applied
 * @param skippedInEpoch those of the running epoch
 * @param reinforced whether the next steps attack with more gradient steps
 */
public record RunProgress(
    int rollbacks, long skippedSteps, int skippedInEpoch, boolean reinforced) {
  private static final String REINFORCED = "reinforced";

  /** The progress of a run that begins. */
  public static final RunProgress NONE = new RunProgress(0, 0, 0);

  /** The progress of a run whose attack is the usual one. */
  public RunProgress(int rollbacks, long skippedSteps, int skippedInEpoch) {
    this(rollbacks, skippedSteps, skippedInEpoch, false);
  }

  /** The factor of every learning rate: one half for each rollback. */
  public double rateScale() {
    return Math.scalb(1.0, -rollbacks);
  }

  /**
   * Returns this progress with as many rollbacks as the run's metrics tell of, if they are more: a
   * run that was killed before its next checkpoint has not forgotten them.
   */
  public RunProgress withRollbacks(int told) {
    return new RunProgress(Math.max(rollbacks, told), skippedSteps, skippedInEpoch, reinforced);
  }

  ObjectNode toJson() {
    ObjectNode node =
        Json.object()
            .put("rollbacks", rollbacks)
            .put("skipped_steps", skippedSteps)
            .put("skipped_in_epoch", skippedInEpoch);
    return reinforced ? node.put(REINFORCED, true) : node;
  }

  static RunProgress fromJson(JsonNode node) {
    return new RunProgress(
        Json.count(node, "rollbacks"),
        Json.whole(node, "skipped_steps"),
        Json.count(node, "skipped_in_epoch"),
        node.path(REINFORCED).asBoolean());
  }
}
