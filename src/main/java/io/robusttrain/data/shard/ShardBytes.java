package io.robusttrain.data.shard;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.parquet.io.DelegatingSeekableInputStream;

/**
 * The bytes of a file as Parquet reads them: the footer from memory, the rest from the storage,
 * summed up from one seek to the next. Not thread-safe.
 */
final class ShardBytes extends DelegatingSeekableInputStream {
  private final Source source;

  ShardBytes(FSDataInputStream in, long footerStart, byte[] footer) {
    this(new Source(in, footerStart, footer));
  }

  private ShardBytes(Source source) {
    super(source);
    this.source = source;
  }

  @Override
  public long getPos() {
    return source.position;
  }

  @Override
  public void seek(long position) {
    source.seek(position);
  }

  /** Whether the bytes read since the last seek are exactly these. */
  boolean readExactly(long start, long length) {
    return source.begin == start && source.position == start + length;
  }

  /** CRC-32C of the bytes read since the last seek. */
  int crc() {
    return (int) source.crc.getValue();
  }

  /** What the storage failed with, if it did; the file itself may be whole. */
  Optional<IOException> storageFailure() {
    return Optional.ofNullable(source.failure);
  }

  private static final class Source extends InputStream {
    private final FSDataInputStream in;
    private final long footerStart;
    private final byte[] footer;
    private final CRC32C crc = new CRC32C();
    private long begin;
    private long position;
    private IOException failure;

    Source(FSDataInputStream in, long footerStart, byte[] footer) {
      this.in = in;
      this.footerStart = footerStart;
      this.footer = footer;
    }

    void seek(long to) {
      begin = to;
      position = to;
      crc.reset();
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int size) throws IOException {
      int n =
          position < footerStart ? stored(buffer, offset, size) : inMemory(buffer, offset, size);
      if (n > 0) {
        crc.update(buffer, offset, n);
        position += n;
      }
      return n;
    }

    private int stored(byte[] buffer, int offset, int size) throws IOException {
      try {
        if (in.getPos() != position) {
          in.seek(position);
        }
        return in.read(buffer, offset, (int) Math.min(size, footerStart - position));
      } catch (EOFException | FileNotFoundException | ChecksumException e) {
        throw e; // the file's fault
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }

    private int inMemory(byte[] buffer, int offset, int size) {
      int from = (int) Math.min(position - footerStart, footer.length);
      int n = Math.min(size, footer.length - from);
      System.arraycopy(footer, from, buffer, offset, n);
      return n == 0 && size > 0 ? -1 : n;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
