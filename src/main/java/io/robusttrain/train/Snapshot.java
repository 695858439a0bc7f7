package io.robusttrain.train;

import io.robusttrain.checkpoint.EpochSums;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import java.util.Map;

/**
 * What the driver puts into a checkpoint.
 *
 * @param completedSteps of the run
 * @param endedEpochs of the run
 * @param weights the trained weights and the averages beside them
 * @param scores of those that were validated
 * @param sums of the running epoch
 */
record Snapshot(
    long completedSteps,
    int endedEpochs,
    Map<WeightsKind, float[]> weights,
    Map<WeightsKind, Scores> scores,
    EpochSums sums) {}
