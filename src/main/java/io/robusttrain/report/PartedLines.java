package io.robusttrain.report;

import io.robusttrain.storage.Fence;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines in {@linkplain MetricsParts numbered parts}, for file systems that cannot append, as object
 * stores. The newest part is held and written anew until it is large enough: what is written at a
 * checkpoint does not grow with the log.
 */
final class PartedLines implements MetricsSink {
  private static final Logger LOG = LoggerFactory.getLogger(PartedLines.class);

  /** A part of so many bytes is complete; it is some 25,000 steps. */
  static final int PART_BYTES = 4 << 20;

  private final MetricsParts log;
  private final Fence fence;
  private final HeldLines part;
  private Optional<Throwable> problem = Optional.empty();
  private int number;
  private long position;

  /** Bytes of the newest part that readers see. */
  private int shown;

  private PartedLines(MetricsParts log, Fence fence, long position) {
    this.log = log;
    this.fence = fence;
    this.part = new HeldLines(log.log());
    this.number = log.nextNumber();
    this.position = position;
  }

  /**
   * Lines that follow those of a log that are kept; readers see no others when this returns.
   *
   * @param fence asked before a part is written
   */
  static PartedLines after(MetricsParts log, MetricsCut.Kept kept, Fence fence) throws IOException {
    PartedLines lines = new PartedLines(log, fence, kept.prefix());
    for (byte[] line : kept.tailLines()) {
      lines.part.add(line);
    }
    if (!kept.isAll()) {
      lines.write();
    }
    return lines;
  }

  @Override
  public void add(byte[] line) throws IOException {
    part.add(line);
  }

  @Override
  public void show() {
    try {
      sync();
    } catch (IOException failed) {
      LOG.warn(
          "the metrics {} cannot be written ({}); their lines are kept until they can.",
          log.log(),
          failed.getMessage());
    }
  }

  @Override
  public void sync() throws IOException {
    if (shown < part.bytes()) {
      write();
    } else {
      problem = Optional.empty();
    }
  }

  @Override
  public void hold(IOException why) {
    problem = Optional.of(why);
  }

  @Override
  public Optional<Throwable> problem() {
    return problem;
  }

  @Override
  public void close() throws IOException {
    sync();
  }

  private void write() throws IOException {
    try {
      MetricsParts.replace(log.fileSystem(), log.path(number, position), fence, part::writeTo);
    } catch (IOException failed) {
      problem = Optional.of(failed);
      throw failed;
    }
    problem = Optional.empty();
    shown = part.bytes();
    if (shown >= PART_BYTES) {
      number++;
      position += shown;
      part.clear();
      shown = 0;
    }
  }
}
