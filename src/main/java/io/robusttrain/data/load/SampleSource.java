package io.robusttrain.data.load;

import io.robusttrain.data.DataException;
import io.robusttrain.data.order.EpochOrder;
import io.robusttrain.data.shard.SourceSample;
import java.util.List;

/** Where a loader gets the encoded samples of a step from. Not thread-safe. */
interface SampleSource extends AutoCloseable {
  /**
   * The samples of a lane in a step, in order.
   *
   * @throws DataException naming file and row when one cannot be read and bad samples must fail
   */
  List<SourceSample> take(EpochOrder order, int step, int lane);

  /**
   * Any one sample of the set.
   *
   * @throws DataException as {@link #take}
   */
  SourceSample one(long id);

  @Override
  void close();
}
