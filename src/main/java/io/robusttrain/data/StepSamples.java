package io.robusttrain.data;

import java.util.List;

/**
 * What one executor needs for one step.
 *
 * @param epoch epoch, from 0
 * @param step step of the epoch, from 0
 * @param microBatches one for each lane of the executor, in the order of its lanes
 */
public record StepSamples(long epoch, int step, List<MicroBatch> microBatches) {
  /** Copies the list. */
  public StepSamples {
    microBatches = List.copyOf(microBatches);
  }
}
