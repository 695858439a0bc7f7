package io.robusttrain.checkpoint.pytorch;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.Optional;
import org.apache.hadoop.fs.FSDataInputStream;

/**
 * A file of a Hadoop file system as the channel that the zip reader wants. The reader looks for the
 * directory in small steps backwards, so the file is read in blocks. The channel remembers how the
 * file system failed, which tells such a failure from one of the zip reader's own.
 */
final class HadoopChannel implements SeekableByteChannel {
  private static final int BLOCK = 64 << 10;

  private final FSDataInputStream in;
  private final long size;
  private long position;
  private boolean open = true;
  private Optional<IOException> failure = Optional.empty();
  private byte[] block = new byte[0];
  private long blockStart;

  HadoopChannel(FSDataInputStream in, long size) {
    this.in = in;
    this.size = size;
  }

  /** Why reading failed last, if it did for any reason but the end of the file. */
  Optional<IOException> failure() {
    return failure;
  }

  /**
   * Reads {@code target.length} bytes from a place in the file, without moving the position.
   *
   * @throws EOFException if the file ends before
   */
  void readFully(long from, byte[] target) throws IOException {
    try {
      in.readFully(from, target);
    } catch (EOFException e) {
      throw e;
    } catch (IOException e) {
      failure = Optional.of(e);
      throw e;
    }
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!open) {
      throw new ClosedChannelException();
    }
    if (!target.hasRemaining()) {
      return 0;
    }
    if (position >= size) {
      return -1;
    }
    if (position < blockStart || position >= blockStart + block.length) {
      load(position / BLOCK * BLOCK);
    }
    int offset = (int) (position - blockStart);
    int count = Math.min(target.remaining(), block.length - offset);
    target.put(block, offset, count);
    position += count;
    return count;
  }

  private void load(long start) throws IOException {
    byte[] bytes = new byte[(int) Math.min(BLOCK, size - start)];
    readFully(start, bytes);
    block = bytes;
    blockStart = start;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long newPosition) throws IOException {
    if (newPosition < 0) {
      throw new IOException("a position of " + newPosition + " in a file");
    }
    position = newPosition;
    return this;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() throws IOException {
    open = false;
    in.close();
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long newSize) {
    throw new NonWritableChannelException();
  }
}
