package io.robusttrain.train;

import io.robusttrain.checkpoint.TrainingState;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the steps of a running epoch have come to, exactly as a checkpoint records it.
 *
 * @param loss sum over the applied steps
 * @param steps how many there were
 * @param nanos wall time that the epoch has taken
 */
record EpochSums(double loss, long steps, long nanos) {
  private static final String LOSS = "epoch_loss_sum";
  private static final String STEPS = "epoch_loss_steps";
  private static final String NANOS = "epoch_nanos";

  /** Of an epoch that begins. */
  static final EpochSums NONE = new EpochSums(0, 0, 0);

  /** As a checkpoint has them. */
  static EpochSums of(TrainingState state) {
    Map<String, String> facts = state.world();
    return new EpochSums(
        Double.parseDouble(facts.getOrDefault(LOSS, "0")),
        Long.parseLong(facts.getOrDefault(STEPS, "0")),
        Long.parseLong(facts.getOrDefault(NANOS, "0")));
  }

  /** With one more applied step. */
  EpochSums plus(double stepLoss) {
    return new EpochSums(loss + stepLoss, steps + 1, nanos);
  }

  /** The facts for a checkpoint; none where nothing happened. The sum keeps all its bits. */
  Map<String, String> facts() {
    Map<String, String> facts = new TreeMap<>();
    if (!equals(NONE)) {
      facts.put(LOSS, Double.toHexString(loss));
      facts.put(STEPS, Long.toString(steps));
      facts.put(NANOS, Long.toString(nanos));
    }
    return facts;
  }
}
