package io.robusttrain.report;

import java.io.Closeable;
import java.io.IOException;

/** Where the lines of a log go. Not thread-safe. */
interface MetricsSink extends Closeable {
  /**
   * Adds a line; readers see it at once or at a later call.
   *
   * @param line in UTF-8, with its end
   */
  void add(byte[] line) throws IOException;

  /** Lets readers see all lines so far, if that can be done now. */
  void show();

  /**
   * Returns when every line so far survives the loss of this process and of its machine.
   *
   * @throws IOException if that cannot be had; the lines are kept and written by a later call
   */
  void sync() throws IOException;
}
