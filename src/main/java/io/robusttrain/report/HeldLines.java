package io.robusttrain.report;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.hadoop.fs.Path;

/** Lines that wait for their storage, in memory, and not more than fit there. Not thread-safe. */
final class HeldLines {
  private final Path log;
  private final ByteArrayOutputStream lines = new ByteArrayOutputStream();

  /**
   * None.
   *
   * @param log whose lines they are, for the message
   */
  HeldLines(Path log) {
    this.log = log;
  }

  /**
   * Holds one more.
   *
   * @throws IOException if there are too many
   */
  void add(byte[] line) throws IOException {
    if (lines.size() + line.length > MetricsSink.HELD_MOST) {
      throw new IOException(
          "%,d bytes of lines wait to be written to %s, and no more are held: make it writable, and submit the run id again to go on from its newest checkpoint"
              .formatted(lines.size(), log));
    }
    lines.writeBytes(line);
  }

  int bytes() {
    return lines.size();
  }

  void writeTo(OutputStream out) throws IOException {
    lines.writeTo(out);
  }

  void clear() {
    lines.reset();
  }
}
