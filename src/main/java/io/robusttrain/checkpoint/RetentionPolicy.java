package io.robusttrain.checkpoint;

import java.util.OptionalInt;

/**
 * Which checkpoints outlive newer ones, besides the best.
 *
 * @param newest how many of the newest, between epochs or at their ends; at least 1
 * @param everyEpochs epochs between two epoch ends that are kept for good; open: none
 */
public record RetentionPolicy(int newest, OptionalInt everyEpochs) {
  public RetentionPolicy {
    if (newest < 1) {
      throw new IllegalArgumentException("At least the newest checkpoint is kept.");
    }
    if (everyEpochs.isPresent() && everyEpochs.getAsInt() < 1) {
      throw new IllegalArgumentException("At most one checkpoint an epoch is kept for good.");
    }
  }

  boolean forGood(CheckpointName name) {
    return name.atEpochEnd()
        && everyEpochs.isPresent()
        && name.epoch() > 0
        && name.epoch() % everyEpochs.getAsInt() == 0;
  }
}
