package io.robusttrain.train.worker;

import io.robusttrain.data.load.StepSamples;

/** Where a worker's micro-batches come from. Used from one thread. */
interface SampleSupply extends AutoCloseable {
  /**
   * The worker's micro-batches of a step, in lane order, and the samples that others stand in for;
   * blocks until they are there.
   */
  StepSamples load(long epoch, int stepInEpoch);

  @Override
  void close();
}
