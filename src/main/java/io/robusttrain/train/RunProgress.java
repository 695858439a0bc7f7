package io.robusttrain.train;

import io.robusttrain.checkpoint.TrainingState;
import java.util.Map;
import java.util.TreeMap;

/**
 * What guards have done to a run so far, as its checkpoints record it.
 *
 * @param rollbacks how often the run went back; each halved the learning rate of what followed
 * @param skippedSteps steps that were counted but not applied
 * @param skippedInEpoch those of the running epoch
 */
record RunProgress(int rollbacks, long skippedSteps, int skippedInEpoch) {
  private static final String ROLLBACKS = "rollbacks";
  private static final String SKIPPED_STEPS = "skipped_steps";
  private static final String SKIPPED_IN_EPOCH = "skipped_in_epoch";

  /** Of a run that begins. */
  static final RunProgress NONE = new RunProgress(0, 0, 0);

  /** As a checkpoint has it. */
  static RunProgress of(TrainingState state) {
    return new RunProgress(
        Integer.parseInt(state.world().getOrDefault(ROLLBACKS, "0")),
        Long.parseLong(state.world().getOrDefault(SKIPPED_STEPS, "0")),
        Integer.parseInt(state.world().getOrDefault(SKIPPED_IN_EPOCH, "0")));
  }

  /** What every learning rate is multiplied by. */
  double rateScale() {
    return Math.scalb(1.0, -rollbacks);
  }

  /**
   * With as many rollbacks as the run's metrics tell of, if they are more: a run that was killed
   * before its next checkpoint has not forgotten them.
   */
  RunProgress withRollbacks(int told) {
    return new RunProgress(Math.max(rollbacks, told), skippedSteps, skippedInEpoch);
  }

  /** The facts for a checkpoint; none where nothing happened. */
  Map<String, String> facts() {
    Map<String, String> facts = new TreeMap<>();
    if (rollbacks > 0) {
      facts.put(ROLLBACKS, Integer.toString(rollbacks));
    }
    if (skippedSteps > 0) {
      facts.put(SKIPPED_STEPS, Long.toString(skippedSteps));
    }
    if (skippedInEpoch > 0) {
      facts.put(SKIPPED_IN_EPOCH, Integer.toString(skippedInEpoch));
    }
    return facts;
  }
}
