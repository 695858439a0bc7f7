package io.robusttrain.data.prep.source;

import io.robusttrain.data.DataException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.fs.Seekable;

/**
 * What a decompressor gives, as long as it is in proportion to what the decompressor took: encoded
 * images do not shrink, so an archive of them that grows a hundredfold is a decompression bomb. Not
 * thread-safe.
 */
final class UnpackedStream extends FilterInputStream {
  /** So much may come out of anything; listings and labels compress well. */
  static final long FREE_BYTES = 64L << 20;

  static final int MOST_GROWTH = 100;

  private final String archive;
  private final Seekable packed;
  private long unpacked;

  /**
   * Starts to count.
   *
   * @param unpacking the decompressor
   * @param packed what it reads; its position says how many packed bytes were taken so far
   */
  UnpackedStream(String archive, InputStream unpacking, Seekable packed) {
    super(unpacking);
    this.archive = archive;
    this.packed = packed;
  }

  @Override
  public int read() throws IOException {
    int b = in.read();
    if (b >= 0) {
      count(1);
    }
    return b;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = in.read(buffer, offset, length);
    if (n > 0) {
      count(n);
    }
    return n;
  }

  /** By reading, so that nothing is passed over uncounted. */
  @Override
  public long skip(long wanted) throws IOException {
    byte[] buffer = new byte[(int) Math.min(Math.max(wanted, 0), 1 << 16)];
    return buffer.length == 0 ? 0 : Math.max(0, read(buffer, 0, buffer.length));
  }

  private void count(int n) throws IOException {
    unpacked += n;
    if (unpacked > FREE_BYTES && unpacked / MOST_GROWTH > packed.getPos()) {
      throw new DataException(
          "%s: %d bytes unpack to more than %d, over %d times as many; it looks like a decompression bomb: if it is none, unpack it and give the folder"
              .formatted(archive, packed.getPos(), unpacked, MOST_GROWTH));
    }
  }
}
