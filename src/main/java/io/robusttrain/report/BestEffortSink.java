package io.robusttrain.report;

import java.io.IOException;
import org.apache.hadoop.fs.FSError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sink of figures that are also elsewhere: if it cannot be written to, as on a full disk, that is
 * said once and it gets nothing more. Not thread-safe.
 */
public final class BestEffortSink implements ScalarSink {
  private static final Logger LOG = LoggerFactory.getLogger(BestEffortSink.class);

  private final ScalarSink sink;
  private boolean failed;

  /** Owns the other sink. */
  public BestEffortSink(ScalarSink sink) {
    this.sink = sink;
  }

  /** Something that the other sink does. */
  @FunctionalInterface
  private interface Writing {
    void run() throws IOException;
  }

  @Override
  public void scalar(String tag, double value, long step) {
    attempt(() -> sink.scalar(tag, value, step));
  }

  @Override
  public void flush() {
    attempt(sink::flush);
  }

  @Override
  public void close() {
    attempt(sink::close);
  }

  private void attempt(Writing writing) {
    if (failed) {
      return;
    }
    try {
      writing.run();
    } catch (IOException | FSError failure) {
      failed = true;
      LOG.warn(
          "TensorBoard's events cannot be written ({}); there are none until the run is submitted again. metrics.jsonl has all figures.",
          failure.getMessage());
    }
  }
}
