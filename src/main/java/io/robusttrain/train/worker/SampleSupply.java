package io.robusttrain.train.worker;

import io.robusttrain.data.load.MicroBatch;
import io.robusttrain.data.shard.BadSample;
import java.util.List;

/** Where a worker's micro-batches come from. Used from one thread. */
interface SampleSupply extends AutoCloseable {
  /** The worker's micro-batches of a step, in lane order; blocks until they are there. */
  List<MicroBatch> load(long epoch, int stepInEpoch);

  /** Samples of the step loaded last that could not be used; others stand in for them. */
  default List<BadSample> bad() {
    return List.of();
  }

  @Override
  void close();
}
