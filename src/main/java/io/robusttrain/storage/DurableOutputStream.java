package io.robusttrain.storage;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;

/**
 * A new file whose bytes are on the disk when it is closed, where its file system can promise that:
 * {@code fsync} on the local disk, on every DataNode of HDFS for the last block. Otherwise a rename
 * could outlive a power cut that the bytes did not. Says so when there is no room. Not thread-safe.
 */
public final class DurableOutputStream extends OutputStream {
  private final FSDataOutputStream out;
  private final Path path;
  private long size;
  private boolean failed;

  DurableOutputStream(FSDataOutputStream out, Path path) {
    this.out = out;
    this.path = path;
  }

  /** A file that does not exist yet. */
  public static DurableOutputStream create(FileSystem fs, Path path) throws IOException {
    try {
      return new DurableOutputStream(fs.create(path, false), path);
    } catch (IOException e) {
      throw StorageFullException.explain(e, path, 0);
    }
  }

  /** Bytes so far. */
  public long size() {
    return size;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
      size += length;
    } catch (IOException | FSError e) {
      throw failed(e);
    }
  }

  @Override
  public void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException | FSError e) {
      throw failed(e);
    }
  }

  @Override
  public void close() throws IOException {
    try (out) {
      if (!failed && out.hasCapability(StreamCapabilities.HSYNC)) {
        out.hsync();
      }
    } catch (IOException | FSError e) {
      throw failed(e);
    }
  }

  /** Hadoop's local disk reports a failed write as an Error, which must not end a JVM here. */
  private IOException failed(Throwable e) {
    failed = true;
    Throwable cause = e instanceof FSError && e.getCause() != null ? e.getCause() : e;
    IOException failure =
        cause instanceof IOException io ? io : new IOException(cause.getMessage(), cause);
    return StorageFullException.explain(failure, path, size);
  }
}
