package io.robusttrain.report;

import io.robusttrain.run.RunDirectory;
import io.robusttrain.run.RunDirectoryException;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Where the bytes of a log are: in {@code metrics.jsonl}, and, where a file system cannot append,
 * in numbered parts in {@code metrics.parts} beside it, such as {@code
 * part-000002-at-000004194310.jsonl}. The name says at which byte of the log a part begins. What
 * parts of lower numbers, or the file, have from there on does not count, so that one new part is
 * all that it takes to cut the log and to go on. Immutable: as it was when it was looked at.
 */
final class MetricsParts {
  private static final Pattern NAME = Pattern.compile("part-(\\d{6,9})-at-(\\d{12,18})\\.jsonl");

  private final FileSystem fs;
  private final Path log;
  private final List<Part> all;
  private final List<Part> counting;

  /**
   * One file of the log.
   *
   * @param number 0: the log's own file
   * @param position its first byte in the log
   * @param length bytes of it that count
   */
  private record Part(Path path, int number, long position, long length) {}

  private MetricsParts(FileSystem fs, Path log, List<Part> all) {
    this.fs = fs;
    this.log = log;
    this.all = all;
    this.counting = counting(log, all);
  }

  /** Looks where the bytes of a log are, which need not exist. */
  static MetricsParts of(FileSystem fs, Path log) throws IOException {
    List<Part> all = new ArrayList<>();
    try {
      all.add(new Part(log, 0, 0, Storage.read(fs, log, fs::getFileStatus).getLen()));
    } catch (FileNotFoundException none) {
      // Neither of a run that begins nor of one on an object store.
    }
    for (Map.Entry<String, FileStatus> file : Storage.byName(fs, folder(log)).entrySet()) {
      Matcher name = NAME.matcher(file.getKey());
      if (name.matches()) {
        Path path = new Path(folder(log), file.getKey());
        int number = Integer.parseInt(name.group(1));
        long position = Long.parseLong(name.group(2));
        all.add(new Part(path, number, position, file.getValue().getLen()));
      }
    }
    all.sort(Comparator.comparingInt(Part::number));
    return new MetricsParts(fs, log, all);
  }

  private static Path folder(Path log) {
    return RunDirectory.metricsParts(log.getParent());
  }

  /** The parts that no later one replaces, each cut where the next one begins. */
  private static List<Part> counting(Path log, List<Part> all) {
    List<Part> counting = new ArrayList<>();
    long end = Long.MAX_VALUE;
    for (int i = all.size() - 1; i >= 0; i--) {
      Part part = all.get(i);
      if (part.position() >= end) {
        continue;
      }
      if (end != Long.MAX_VALUE && part.length() < end - part.position()) {
        throw missing(log, part.position() + part.length(), end);
      }
      long length = Math.min(part.length(), end - part.position());
      counting.add(0, new Part(part.path(), part.number(), part.position(), length));
      end = part.position();
    }
    if (end != Long.MAX_VALUE && end > 0) {
      throw missing(log, 0, end);
    }
    return counting;
  }

  private static RunDirectoryException missing(Path log, long from, long to) {
    return new RunDirectoryException(
        "The metrics %s lack their bytes from %d to %d: a file of %s is missing or cut short. Bring it back, or choose another run id."
            .formatted(log, from, to, folder(log)));
  }

  /** Whether there is a log, however short. */
  boolean exist() {
    return !all.isEmpty();
  }

  /** Whether there is more than the log's own file. */
  boolean areSplit() {
    return !all.isEmpty() && all.get(all.size() - 1).number() > 0;
  }

  FileSystem fileSystem() {
    return fs;
  }

  /** The log's own file. */
  Path log() {
    return log;
  }

  /** The number of the next part. */
  int nextNumber() {
    return all.isEmpty() ? 1 : all.get(all.size() - 1).number() + 1;
  }

  /** Where a part is written. */
  Path path(int number, long position) {
    return new Path(folder(log), "part-%06d-at-%012d.jsonl".formatted(number, position));
  }

  /** All bytes of the log in their order. */
  InputStream open() {
    return new Input(fs, counting.iterator());
  }

  MetricsLines lines() {
    return new MetricsLines(open(), log);
  }

  /**
   * Leaves in the log's own file, which is all of it, what shall stay.
   *
   * @param kept what stays
   */
  void cut(Fence fence, MetricsCut.Kept kept) throws IOException {
    rewrite(
        fence,
        (in, out) -> {
          copyLines(in, kept.prefix(), out);
          for (byte[] line : kept.tailLines()) {
            out.write(line);
          }
        });
  }

  /**
   * Makes one file of all of them as they are, and then removes the parts. A reader finds the same
   * log at any moment in between.
   */
  void join(Fence fence) throws IOException {
    long size = counting.stream().mapToLong(Part::length).sum();
    rewrite(fence, (in, out) -> copy(in, size, out));
    // A copy of a part must not take the place of the part that is removed here.
    Storage.clearTemporaries(fs, folder(log), fence);
    // From the first to the last: those that remain begin within the file.
    for (Part part : all) {
      if (part.number() > 0) {
        fence.requireHeld();
        fs.delete(part.path(), false);
      }
    }
    if (Storage.children(fs, folder(log)).length == 0) {
      fs.delete(folder(log), false);
    }
  }

  /** Writes the log's own file anew. */
  @FunctionalInterface
  private interface Rewriting {
    void write(InputStream all, OutputStream out) throws IOException;
  }

  private void rewrite(Fence fence, Rewriting rewriting) throws IOException {
    replace(
        fs,
        log,
        fence,
        out -> {
          try (InputStream in = open()) {
            rewriting.write(in, out);
          }
        });
  }

  private static void copy(InputStream in, long bytes, OutputStream out) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long left = bytes;
    int count;
    while (left > 0 && (count = in.read(buffer, 0, (int) Math.min(buffer.length, left))) >= 0) {
      out.write(buffer, 0, count);
      left -= count;
    }
  }

  /**
   * Copies lines.
   *
   * @param bytes that end with a line; if there are fewer, a last line without its end is left out
   * @return bytes that were copied
   */
  static long copyLines(InputStream in, long bytes, OutputStream out) throws IOException {
    byte[] buffer = new byte[1 << 16];
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    long left = bytes;
    int count;
    while (left > 0 && (count = in.read(buffer, 0, (int) Math.min(buffer.length, left))) >= 0) {
      int end = count;
      while (end > 0 && buffer[end - 1] != '\n') {
        end--;
      }
      if (end > 0) {
        line.writeTo(out);
        line.reset();
        out.write(buffer, 0, end);
      }
      line.write(buffer, end, count - end);
      left -= count;
    }
    return bytes - left - line.size();
  }

  /** As {@link Storage#replace}; so Hadoop's local file system tells of a full disk. */
  static void replace(FileSystem fs, Path path, Fence fence, Storage.Content content)
      throws IOException {
    try {
      Storage.replace(fs, path, fence, content);
    } catch (FSError failed) {
      throw new IOException(path + " cannot be written: " + failed.getMessage(), failed);
    }
  }

  /** One part after the other, each opened when it is its turn. */
  private static final class Input extends InputStream {
    private final FileSystem fs;
    private final Iterator<Part> parts;
    private InputStream part = InputStream.nullInputStream();
    private long left;

    Input(FileSystem fs, Iterator<Part> parts) {
      this.fs = fs;
      this.parts = parts;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      while (left == 0) {
        if (!parts.hasNext()) {
          return -1;
        }
        part.close();
        Part next = parts.next();
        part = Storage.read(fs, next.path(), fs::open);
        // Of a file that is open on HDFS its status knows the beginning only.
        left = parts.hasNext() ? next.length() : Long.MAX_VALUE;
      }
      int count = part.read(bytes, offset, (int) Math.min(length, left));
      if (count < 0) {
        left = 0;
        return read(bytes, offset, length);
      }
      left -= count;
      return count;
    }

    @Override
    public void close() throws IOException {
      part.close();
    }
  }
}
