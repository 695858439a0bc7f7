package io.robusttrain.bigdl;

import io.robusttrain.engine.FloatSlice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Elements of a vector as they travel, behind the number of the step that they belong to. A block
 * is written anew for each step, in place: one that was not written keeps the stamp of another
 * step, and one that was written halfway has none.
 */
final class StampedBlock {
  private static final int STAMP = Long.BYTES;
  private static final long UNFINISHED = -1;

  private final WireFormat format;
  private final ByteBuffer bytes;

  private StampedBlock(WireFormat format, ByteBuffer bytes) {
    this.format = format;
    this.bytes = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A block of so many elements that belongs to no step yet. */
  static StampedBlock empty(WireFormat format, int elements) {
    StampedBlock block =
        new StampedBlock(format, ByteBuffer.allocate(STAMP + elements * format.width()));
    block.bytes.putLong(0, UNFINISHED);
    return block;
  }

  /** A block that has arrived; the bytes are not copied. */
  static StampedBlock received(WireFormat format, ByteBuffer bytes) {
    return new StampedBlock(format, bytes.slice());
  }

  /** All of it, as it is sent; not copied. */
  ByteBuffer bytes() {
    return bytes.duplicate();
  }

  /**
   * What is here instead of the elements of a step, for people; null if it is just these.
   *
   * @param elements how many are wanted
   */
  String insteadOf(long step, int elements) {
    if (bytes.limit() != STAMP + elements * format.width()) {
      return "has %d bytes, not %d".formatted(bytes.limit(), STAMP + elements * format.width());
    }
    long stamp = bytes.getLong(0);
    if (stamp == step) {
      return null;
    }
    return stamp == UNFINISHED
        ? "was not written to its end in step " + step
        : "is still that of step %d in step %d".formatted(stamp, step);
  }

  /**
   * Makes this the block of a step.
   *
   * @throws IllegalArgumentException if it is for another number of elements; it belongs to no step
   *     then
   */
  void write(long step, FloatSlice elements) {
    bytes.putLong(0, UNFINISHED);
    ByteBuffer payload = payload();
    if (payload.remaining() != elements.length() * format.width()) {
      throw new IllegalArgumentException(
          "%d elements for a block of %d"
              .formatted(elements.length(), payload.remaining() / format.width()));
    }
    format.write(elements, payload);
    bytes.putLong(0, step);
  }

  /** Reads as many elements as {@code to} has, from the {@code first} on. */
  void read(int first, FloatSlice to) {
    format.read(payload(), first, to);
  }

  /** Adds as many elements as {@code to} has, from the {@code first} on, in float32. */
  void add(int first, FloatSlice to) {
    format.add(payload(), first, to);
  }

  private ByteBuffer payload() {
    return bytes.duplicate().position(STAMP).slice().order(ByteOrder.LITTLE_ENDIAN);
  }
}
