package io.robusttrain.report;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** Counts the bytes that are read from a file system and written to it. */
final class CountingFileSystem extends FilterFileSystem {
  private long read;
  private long written;

  private CountingFileSystem(FileSystem fs) {
    super(fs);
  }

  static CountingFileSystem over(FileSystem fs) {
    return new CountingFileSystem(fs);
  }

  /** Bytes read since this was asked last. */
  long takeRead() {
    long count = read;
    read = 0;
    return count;
  }

  /** Bytes written since this was asked last. */
  long takeWritten() {
    long count = written;
    written = 0;
    return count;
  }

  @Override
  public void initialize(URI name, Configuration conf) {
    throw new UnsupportedOperationException("it is initialized");
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    return new FSDataInputStream(new CountedInput(super.open(path, bufferSize)));
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    return counted(
        super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress));
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress)
      throws IOException {
    return counted(super.append(path, bufferSize, progress));
  }

  private FSDataOutputStream counted(OutputStream out) throws IOException {
    OutputStream counted =
        new FilterOutputStream(out) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            written += length;
          }

          @Override
          public void write(int value) throws IOException {
            out.write(value);
            written++;
          }
        };
    return new FSDataOutputStream(counted, null);
  }

  private final class CountedInput extends FSInputStream {
    private final FSDataInputStream in;

    CountedInput(FSDataInputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      int value = in.read();
      read += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = in.read(bytes, offset, length);
      read += Math.max(0, count);
      return count;
    }

    @Override
    public void seek(long position) throws IOException {
      in.seek(position);
    }

    @Override
    public long getPos() throws IOException {
      return in.getPos();
    }

    @Override
    public boolean seekToNewSource(long position) {
      return false;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
