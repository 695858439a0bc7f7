package io.robusttrain.report;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Writes scalars, pictures and histograms as a TensorBoard event file. A record is the length, its
 * masked CRC-32C, a protobuf {@code tensorflow.Event}, its masked CRC-32C; formats:
 * tensorflow/core/lib/io/record_writer.h and tensorflow/core/util/event.proto. The few fields are
 * encoded here and not with generated classes, because those need a newer protobuf than the one on
 * Spark's own class path.
 */
public final class TensorBoardWriter implements Closeable {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int BUCKETS = 30;

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
    summary(entry, step);
  }

  /**
   * Records one picture.
   *
   * @param tag such as {@code validation/images}
   * @param png the encoded picture in RGB
   * @param width in pixels
   * @param height in pixels
   */
  public void image(String tag, byte[] png, int width, int height, long step) throws IOException {
    Message image = new Message();
    image.varint(1, height);
    image.varint(2, width);
    image.varint(3, 3); // RGB
    image.bytes(4, png);
    value(tag, 4, image, step);
  }

  /**
   * Records how values are spread: in 30 equal stretches from the lowest to the highest. Values
   * that are not finite are left out.
   *
   * @param tag such as {@code weights/head.weight}
   */
  public void histogram(String tag, FloatBuffer values, long step) throws IOException {
    FloatBuffer rest = values.duplicate();
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    double sum = 0;
    double squares = 0;
    long count = 0;
    for (int i = rest.position(); i < rest.limit(); i++) {
      double value = rest.get(i);
      if (Double.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
        sum += value;
        squares += value * value;
        count++;
      }
    }
    if (count == 0) {
      return;
    }
    int buckets = high > low ? BUCKETS : 1;
    double[] counts = new double[buckets];
    for (int i = rest.position(); i < rest.limit(); i++) {
      double value = rest.get(i);
      if (Double.isFinite(value)) {
        int bucket = high > low ? (int) ((value - low) / (high - low) * buckets) : 0;
        counts[Math.min(bucket, buckets - 1)]++;
      }
    }
    Message histogram = new Message();
    histogram.float64(1, low);
    histogram.float64(2, high);
    histogram.float64(3, (double) count);
    histogram.float64(4, sum);
    histogram.float64(5, squares);
    double[] limits = new double[buckets];
    for (int i = 0; i < buckets; i++) {
      limits[i] = i == buckets - 1 ? high : low + (high - low) * (i + 1) / buckets;
    }
    histogram.bytes(6, packed(limits));
    histogram.bytes(7, packed(counts));
    value(tag, 5, histogram, step);
  }

  private static byte[] packed(double... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values);
    return bytes.array();
  }

  /** Records a {@code Summary.Value} whose content is a message in a field of it. */
  private void value(String tag, int field, Message content, long step) throws IOException {
    Message entry = new Message();
    entry.bytes(1, tag.getBytes(StandardCharsets.UTF_8));
    entry.bytes(field, content.toByteArray());
    summary(entry, step);
  }

  private void summary(Message entry, long step) throws IOException {
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
