package io.robusttrain.train.worker;

import io.robusttrain.data.order.BatchOrder;
import java.io.Serializable;

/** Opens a worker's samples where the worker runs. Shipped to executors; immutable. */
public interface SupplyFactory extends Serializable {
  /** Samples of a step over all lanes. */
  default int samplesInStep(BatchOrder order, int stepInEpoch) {
    return order.samplesInStep(stepInEpoch);
  }

  /**
   * The micro-batches of some lanes, step by step.
   *
   * @param order which samples each step and lane takes
   * @param seed the run's seed
   * @param lanes the worker's lanes
   * @param decodeThreads threads that decode and augment
   */
  SampleSupply training(BatchOrder order, long seed, int[] lanes, int decodeThreads);
}
