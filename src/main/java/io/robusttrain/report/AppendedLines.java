package io.robusttrain.report;

import io.robusttrain.storage.AppendRecovery;
import io.robusttrain.storage.Fence;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines at the end of one file, flushed one by one. If the file cannot be appended to any more, as
 * on a full disk, lines are held until it can be rewritten, and are appended again from there on.
 */
final class AppendedLines implements MetricsSink {
  private static final Logger LOG = LoggerFactory.getLogger(AppendedLines.class);

  private final FileSystem fs;
  private final Path path;
  private final Fence fence;

  /** Lines that the file lacks. */
  private final ByteArrayOutputStream held = new ByteArrayOutputStream();

  /** Absent while the file cannot be appended to. */
  private FSDataOutputStream appender;

  /** Bytes at the beginning of the file that are whole lines. */
  private long whole;

  /** Lines at the end of a log. */
  private AppendedLines(FileSystem fs, Path path, Fence fence, long whole) throws IOException {
    this.fs = fs;
    this.path = path;
    this.fence = fence;
    this.whole = whole;
    this.appender = fs.append(path);
  }

  /**
   * Lines that follow those of a log that are kept; the others are gone when this returns.
   *
   * @param fence asked before the file is rewritten
   */
  static AppendedLines after(MetricsParts log, MetricsCut.Kept kept, Fence fence)
      throws IOException {
    if (!log.exist() || log.areSplit() || !kept.isAll()) {
      log.join(fence, kept);
    }
    return new AppendedLines(log.fileSystem(), log.log(), fence, kept.bytes());
  }

  @Override
  public void add(byte[] line) {
    if (appender != null) {
      try {
        appender.write(line);
        appender.hflush();
        whole += line.length;
        return;
      } catch (IOException | FSError failed) {
        stopAppending(failed);
      }
    }
    held.writeBytes(line);
  }

  @Override
  public void show() {
    if (appender == null) {
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
    if (appender != null) {
      try {
        appender.hsync();
        return;
      } catch (IOException | FSError failed) {
        stopAppending(failed);
      }
    }
    rewrite();
  }

  @Override
  public void close() throws IOException {
    if (appender == null) {
      rewrite();
    }
    if (appender != null) {
      appender.close();
    }
  }

  /** A line may be torn now, as on a full disk: the file is rewritten as soon as that can be. */
  private void stopAppending(Throwable failed) {
    LOG.warn(
        "{} cannot be appended to ({}); its lines are kept and it is rewritten at the next checkpoint or epoch.",
        path,
        failed.getMessage());
    try {
      appender.close();
    } catch (IOException | FSError again) {
      LOG.debug("nor closed", again);
    }
    appender = null;
  }

  private void rewrite() throws IOException {
    AppendRecovery.takeOver(fs, path);
    long[] found = new long[1];
    MetricsParts.replace(
        fs,
        path,
        fence,
        out -> {
          try (InputStream in = fs.open(path)) {
            found[0] = MetricsParts.copy(in, whole, out);
          }
          held.writeTo(out);
        });
    if (found[0] < whole) {
      LOG.warn("{} has lost {} bytes of its lines.", path, whole - found[0]);
    }
    whole = found[0] + held.size();
    held.reset();
    try {
      appender = fs.append(path);
    } catch (IOException | FSError failed) {
      LOG.warn(
          "{} was rewritten and cannot be appended to yet ({}).", path, failed.getMessage());
    }
  }
}
