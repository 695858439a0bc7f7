package io.robusttrain.report;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** Where the lines of a log go. Not thread-safe. */
interface MetricsSink extends Closeable {
  /** No more bytes of lines are held than these; they are the steps of days. */
  int HELD_MOST = 64 << 20;

  /**
   * Adds a line; readers see it at once or at a later call.
   *
   * @param line in UTF-8, with its end
   * @throws IOException if lines are held and there are too many of them
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

  /**
   * Holds lines from here on, because they may be another process's to write, until a later call
   * has asked the fence and written them.
   */
  void hold(IOException why);

  /** Why lines are held that readers should see by now, if any are. */
  Optional<Throwable> problem();
}
