package io.robusttrain.data.shard;

import io.robusttrain.data.DataException;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/**
 * A Parquet file whose footer is in memory, read once for Parquet and for its checksum. It tells
 * failures of the storage, which are {@link IOException}s, from faults of the file, which are
 * {@link DataException}s. Not thread-safe.
 */
final class ShardInput implements InputFile, AutoCloseable {
  private static final int MAGIC = 4;
  private static final int TRAILER = 8;
  private static final int LARGEST_FOOTER = 1 << 28;

  private final String file;
  private final long length;
  private final byte[] footer;
  private final ShardBytes bytes;

  private ShardInput(String file, long length, byte[] footer, FSDataInputStream in) {
    this.file = file;
    this.length = length;
    this.footer = footer;
    this.bytes = new ShardBytes(in, length - footer.length, footer);
  }

  /**
   * Opens a file and reads its footer's bytes.
   *
   * @throws DataException if it is not there or not whole
   * @throws IOException if the storage fails
   */
  static ShardInput open(Configuration conf, String file) throws IOException {
    Path path = new Path(file);
    FileSystem fs = path.getFileSystem(conf);
    try {
      long length = fs.getFileStatus(path).getLen();
      FSDataInputStream in = fs.open(path);
      try {
        return new ShardInput(file, length, footer(file, length, in), in);
      } catch (IOException | RuntimeException e) {
        try {
          in.close();
        } catch (IOException second) {
          e.addSuppressed(second);
        }
        throw e;
      }
    } catch (FileNotFoundException e) {
      throw new DataException(file + " does not exist; check the path or prepare the set again", e);
    } catch (EOFException | ChecksumException e) {
      throw damaged(file, e.getMessage(), e);
    }
  }

  private static byte[] footer(String file, long length, FSDataInputStream in) throws IOException {
    if (length < MAGIC + TRAILER) {
      throw damaged(file, "%d bytes are no Parquet file".formatted(length), null);
    }
    byte[] trailer = new byte[TRAILER];
    in.readFully(length - TRAILER, trailer);
    int size = ByteBuffer.wrap(trailer).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (!new String(trailer, 4, 4, StandardCharsets.ISO_8859_1).equals("PAR1")) {
      throw damaged(file, "it does not end with PAR1", null);
    }
    if (size < 1 || size > Math.min(LARGEST_FOOTER, length - MAGIC - TRAILER)) {
      throw damaged(file, "it states a footer of %d bytes".formatted(size), null);
    }
    byte[] footer = new byte[size + TRAILER];
    in.readFully(length - footer.length, footer);
    return footer;
  }

  /** A file that cannot be what it was. */
  static DataException damaged(String file, String how, Throwable cause) {
    return new DataException(
        "%s cannot be read as Parquet (%s); it is cut short or damaged: copy it or prepare the set again"
            .formatted(file, how),
        cause);
  }

  /** What the file is known by. */
  ShardSeal seal() {
    CRC32C crc = new CRC32C();
    crc.update(footer);
    return new ShardSeal(length, length - footer.length, (int) crc.getValue());
  }

  /**
   * Compares the file with what it was.
   *
   * @throws DataException if it is another
   */
  void require(ShardSeal expected) {
    if (length != expected.length()) {
      throw new DataException(
          "%s has %d bytes instead of %d; it was replaced or cut short after the run began: bring the old file back, or begin another run"
              .formatted(file, length, expected.length()));
    }
    if (!seal().equals(expected)) {
      throw new DataException(
          "%s: the checksum of the footer is wrong; the file is damaged or was replaced after the run began: copy it or prepare the set again"
              .formatted(file));
    }
  }

  /** The stream that Parquet reads, with an account of what was read. */
  ShardBytes bytes() {
    return bytes;
  }

  @Override
  public long getLength() {
    return length;
  }

  @Override
  public SeekableInputStream newStream() {
    return bytes;
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
