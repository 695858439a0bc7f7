package io.robusttrain.report;

import io.robusttrain.storage.AppendRecovery;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines at the end of one file, flushed one by one. If the file cannot be appended to any more, as
 * on a full disk or while the storage is away, lines are held until it can be rewritten, and are
 * appended again from there on.
 */
final class AppendedLines implements MetricsSink {
  private static final Logger LOG = LoggerFactory.getLogger(AppendedLines.class);

  private final FileSystem fs;
  private final Path path;
  private final Fence fence;
  private final HeldLines held;

  /** Absent while the file cannot be appended to. */
  private Optional<FSDataOutputStream> appender;

  private Optional<Throwable> problem = Optional.empty();

  /** Bytes at the beginning of the file that are whole lines. */
  private long whole;

  private AppendedLines(FileSystem fs, Path path, Fence fence, long whole) throws IOException {
    this.fs = fs;
    this.path = path;
    this.fence = fence;
    this.whole = whole;
    this.held = new HeldLines(path);
    this.appender = Optional.of(fs.append(path));
  }

  /**
   * Lines that follow those of a log that are kept; the others are gone when this returns.
   *
   * @param fence asked before the file is rewritten
   */
  static AppendedLines after(MetricsParts log, MetricsCut.Kept kept, Fence fence)
      throws IOException {
    MetricsParts whole = log;
    if (log.areSplit()) {
      // All of it first: of a log that is cut, parts that are still there lie behind its end.
      log.join(fence);
      whole = MetricsParts.of(log.fileSystem(), log.log());
    }
    if (!whole.exist() || !kept.isAll()) {
      whole.cut(fence, kept);
    }
    return new AppendedLines(log.fileSystem(), log.log(), fence, kept.bytes());
  }

  @Override
  public void add(byte[] line) throws IOException {
    if (appender.isPresent()) {
      try {
        appender.get().write(line);
        appender.get().hflush();
        whole += line.length;
        return;
      } catch (IOException | FSError failed) {
        stopAppending(failed);
      }
    }
    held.add(line);
  }

  @Override
  public void show() {
    if (appender.isEmpty()) {
      try {
        rewrite();
      } catch (IOException failed) {
        LOG.warn(
            "{} cannot be rewritten ({}); its lines are kept until it can.",
            path,
            failed.getMessage());
      }
    }
  }

  @Override
  public void sync() throws IOException {
    if (appender.isPresent()) {
      try {
        appender.get().hsync();
        return;
      } catch (IOException | FSError failed) {
        stopAppending(failed);
      }
    }
    rewrite();
  }

  @Override
  public void hold(IOException why) {
    if (appender.isPresent()) {
      stopAppending(why);
    }
  }

  @Override
  public Optional<Throwable> problem() {
    return problem;
  }

  @Override
  public void close() throws IOException {
    if (appender.isEmpty()) {
      rewrite();
    }
    if (appender.isPresent()) {
      appender.get().close();
    }
  }

  /** A line may be torn now, as on a full disk: the file is rewritten as soon as that can be. */
  private void stopAppending(Throwable failed) {
    LOG.warn(
        "{} cannot be appended to ({}); its lines are kept, and it is rewritten at the next"
            + " checkpoint or epoch.",
        path,
        failed.getMessage());
    problem = Optional.of(failed);
    FSDataOutputStream broken = appender.orElseThrow();
    appender = Optional.empty();
    try {
      broken.close();
    } catch (IOException | FSError again) {
      LOG.debug("nor closed", again);
    }
  }

  private void rewrite() throws IOException {
    // Asked before the file is taken from whoever has it open, too.
    fence.requireHeld();
    AppendRecovery.takeOver(fs, path);
    long[] found = new long[1];
    MetricsParts.replace(
        fs,
        path,
        fence,
        out -> {
          try (InputStream in = Storage.read(fs, path, fs::open)) {
            found[0] = MetricsParts.copyLines(in, whole, out);
          }
          held.writeTo(out);
        });
    if (found[0] < whole) {
      LOG.warn("{} has lost {} bytes of its lines.", path, whole - found[0]);
    }
    whole = found[0] + held.bytes();
    held.clear();
    problem = Optional.empty();
    try {
      appender = Optional.of(fs.append(path));
    } catch (IOException | FSError failed) {
      problem = Optional.of(failed);
      LOG.warn("{} was rewritten and cannot be appended to yet ({}).", path, failed.getMessage());
    }
  }
}
