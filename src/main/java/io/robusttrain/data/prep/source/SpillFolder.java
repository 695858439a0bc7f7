package io.robusttrain.data.prep.source;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Temporary files that hold the images of a compressed archive end to end, so that they can be read
 * in shuffled order. Lies inside the unfinished output and goes away with it. Not thread-safe.
 */
public final class SpillFolder implements Closeable {
  private static final long FILE_BYTES = 256L << 20;

  private final FileSystem files;
  private final Path folder;
  private final byte[] buffer = new byte[1 << 16];
  private FSDataOutputStream out;
  private Path file;
  private int count;

  /** Creates nothing until the first image arrives. */
  public SpillFolder(Configuration conf, Path folder) throws IOException {
    this.files = folder.getFileSystem(conf);
    this.folder = files.makeQualified(folder);
  }

  /** Copies {@code length} bytes and says where they are; readable after {@link #close}. */
  Origin.FileRange add(InputStream in, int length) throws IOException {
    if (out != null && out.getPos() >= FILE_BYTES) {
      close();
    }
    if (out == null) {
      file = new Path(folder, String.format("spill-%05d.bin", count++));
      out = files.create(file, true);
    }
    long offset = out.getPos();
    for (int left = length; left > 0; ) {
      int n = in.read(buffer, 0, Math.min(left, buffer.length));
      if (n < 0) {
        throw new EOFException("archive ends inside an entry, " + left + " bytes are missing");
      }
      out.write(buffer, 0, n);
      left -= n;
    }
    return new Origin.FileRange(file.toString(), offset, length);
  }

  /** Ends the current file; more may follow. */
  @Override
  public void close() throws IOException {
    if (out != null) {
      out.close();
      out = null;
    }
  }

  /** Removes all spilled bytes. */
  public void delete() throws IOException {
    close();
    files.delete(folder, true);
  }
}
