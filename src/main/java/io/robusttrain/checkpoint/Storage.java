package io.robusttrain.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;

/** Files that are whole or absent on any Hadoop file system. */
public final class Storage {
  private Storage() {}

  /** Writes the content of a file to a stream that the caller closes. */
  @FunctionalInterface
  public interface Content {
    /** Writes everything; must not close {@code out}. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * The file system of {@code path}. The local disk comes without Hadoop's {@code .crc} side files:
   * this project keeps its own checksums, and appends, which the side files forbid.
   */
  public static FileSystem fileSystem(Path path, Configuration conf) throws IOException {
    FileSystem fs = path.getFileSystem(conf);
    return fs instanceof LocalFileSystem local ? local.getRawFileSystem() : fs;
  }

  /**
   * Writes a file under a temporary name beside {@code target} and renames it into place, so that a
   * reader sees the old content or the new one, whole. On an object store, whose rename copies, the
   * target may be absent for a moment. A failed write leaves the target as it was.
   *
   * @throws IOException if the file system refuses; the temporary file is removed
   */
  public static void replace(FileSystem fs, Path target, Content content) throws IOException {
    Path temporary =
        new Path(target.getParent(), "." + target.getName() + ".tmp-" + UUID.randomUUID());
    try {
      try (OutputStream out = fs.create(temporary, false)) {
        content.writeTo(out);
      }
      rename(fs, temporary, target);
    } catch (IOException | RuntimeException e) {
      try {
        fs.delete(temporary, false);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private static void rename(FileSystem fs, Path from, Path to) throws IOException {
    // The local disk's rename replaces atomically; HDFS refuses an existing target there and
    // replaces it atomically through FileContext, which on the local disk would delete first.
    if (!fs.getUri().getScheme().equals("file") && fs.exists(to)) {
      FileContext.getFileContext(fs.getUri(), fs.getConf())
          .rename(from, to, Options.Rename.OVERWRITE);
    } else if (!fs.rename(from, to)) {
      throw new IOException("The file system refused to rename " + from + " to " + to + ".");
    }
  }
}
