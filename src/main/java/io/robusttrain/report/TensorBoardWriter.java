package io.robusttrain.report;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Writes scalars as a TensorBoard event file. A record is the length, its masked CRC-32C, a
 * protobuf {@code tensorflow.Event}, its masked CRC-32C; formats:
 * tensorflow/core/lib/io/record_writer.h and tensorflow/core/util/event.proto. The few fields are
 * encoded here and not with generated classes, because those need a newer protobuf than the one on
 * Spark's own class path.
 */
public final class TensorBoardWriter implements Closeable {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final FSDataOutputStream out;
  private final Clock clock;

  private TensorBoardWriter(FSDataOutputStream out, Clock clock) {
    this.out = out;
    this.clock = clock;
  }

  /**
   * Starts a new event file in {@code directory}.
   *
   * @param firstStep TensorBoard forgets values of earlier files from this step on
   */
  public static TensorBoardWriter create(FileSystem fs, Path directory, long firstStep, Clock clock)
      throws IOException {
    Instant now = clock.instant();
    Path path =
        new Path(
            directory,
            "events.out.tfevents.%010d.robusttrain.%d".formatted(now.getEpochSecond(), firstStep));
    TensorBoardWriter writer = new TensorBoardWriter(fs.create(path, true), clock);
    Message version = new Message();
    version.bytes(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
    writer.event(0, version);
    if (firstStep > 0) {
      Message status = new Message();
      status.varint(1, 1); // SessionLog.START
      Message session = new Message();
      session.bytes(7, status.toByteArray());
      writer.event(firstStep, session);
    }
    writer.flush();
    return writer;
  }

  /**
   * Records one value.
   *
   * @param tag such as {@code train/loss}
   * @param step x position, not negative
   */
  public void scalar(String tag, double value, long step) throws IOException {
    Message entry = new Message();
    entry.bytes(1, tag.getBytes(StandardCharsets.UTF_8));
    entry.float32(2, (float) value);
    Message summary = new Message();
    summary.bytes(1, entry.toByteArray());
    Message body = new Message();
    body.bytes(5, summary.toByteArray());
    event(step, body);
  }

  /** Makes what was recorded visible to readers. */
  public void flush() throws IOException {
    out.hflush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  private void event(long step, Message body) throws IOException {
    Instant now = clock.instant();
    Message event = new Message();
    event.float64(1, now.getEpochSecond() + now.getNano() * 1e-9);
    // Like every protobuf writer: a field of value zero is left out.
    if (step != 0) {
      event.varint(2, step);
    }
    event.writeBytes(body.toByteArray());
    byte[] record = event.toByteArray();
    byte[] length = littleEndian(8).putLong(record.length).array();
    out.write(length);
    out.write(littleEndian(4).putInt(maskedCrc(length)).array());
    out.write(record);
    out.write(littleEndian(4).putInt(maskedCrc(record)).array());
  }

  /** CRC-32C rotated and shifted, since a CRC of data that holds its own CRC is weak. */
  private static int maskedCrc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A protobuf message in the making: https://protobuf.dev/programming-guides/encoding. */
  private static final class Message extends ByteArrayOutputStream {
    void varint(int field, long value) {
      raw(field << 3 | VARINT);
      raw(value);
    }

    void float64(int field, double value) {
      raw(field << 3 | FIXED64);
      writeBytes(littleEndian(8).putDouble(value).array());
    }

    void float32(int field, float value) {
      raw(field << 3 | FIXED32);
      writeBytes(littleEndian(4).putFloat(value).array());
    }

    void bytes(int field, byte[] value) {
      raw(field << 3 | BYTES);
      raw(value.length);
      writeBytes(value);
    }

    private void raw(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      write((int) rest);
    }
  }
}
