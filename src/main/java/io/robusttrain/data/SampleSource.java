package io.robusttrain.data;

import java.util.List;

/** Where a loader gets the encoded samples of a step from. Not thread-safe. */
interface SampleSource extends AutoCloseable {
  /**
   * The encoded samples of a lane in a step, in order.
   *
   * @throws DataException naming file and row when they cannot be read
   */
  List<EncodedImage> take(EpochOrder order, int step, int lane);

  @Override
  void close();
}
