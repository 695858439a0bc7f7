package io.robusttrain.data.load;

import io.robusttrain.data.shard.BadSample;
import java.util.List;

/**
 * What one executor needs for one step.
 *
 * @param epoch epoch, from 0
 * @param step step of the epoch, from 0
 * @param microBatches one for each lane of the executor, in the order of its lanes
 * @param bad samples of this step that others stand in for, in the order of their places
 */
public record StepSamples(
    long epoch, int step, List<MicroBatch> microBatches, List<BadSample> bad) {
  public StepSamples {
    microBatches = List.copyOf(microBatches);
    bad = List.copyOf(bad);
  }
}
