package io.robusttrain.report;

import java.io.Closeable;
import java.io.IOException;

/** Takes named scalars over steps. Not thread-safe unless an implementation says so. */
public interface ScalarSink extends Closeable {
  /**
   * Records one value.
   *
   * @param tag such as {@code train/loss}
   * @param step x position, not negative
   */
  void scalar(String tag, double value, long step) throws IOException;

  /** Makes what was recorded visible to readers. */
  void flush() throws IOException;
}
