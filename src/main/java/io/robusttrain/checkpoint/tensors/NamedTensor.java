package io.robusttrain.checkpoint.tensors;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A tensor to be written: its description and a source of its values that can be read more than
 * once (a checksum is taken before the data is written). Refers to the caller's memory, which must
 * not change until the write is done.
 */
public final class NamedTensor {
  private static final int CHUNK = 1 << 16;

  private final TensorSpec spec;
  private final Source source;

  private NamedTensor(TensorSpec spec, Source source) {
    this.spec = spec;
    this.source = source;
  }

  /** Gives stretches of a float32 tensor, for instance out of native memory. */
  @FunctionalInterface
  public interface FloatSource {
    /** Fills {@code target[0, count)} with the elements from {@code position} on, row-major. */
    void read(long position, float[] target, int count) throws IOException;
  }

  @FunctionalInterface
  private interface Source {
    void writeTo(OutputStream out) throws IOException;
  }

  /** A float32 tensor over the whole array, row-major. */
  public static NamedTensor floats(String name, List<Long> shape, float[] values) {
    TensorSpec spec = new TensorSpec(name, DType.F32, shape);
    requireLength(spec, values.length);
    return floats(name, shape, values, 0);
  }

  /** A float32 tensor whose elements start at {@code offset} of a larger array. */
  public static NamedTensor floats(String name, List<Long> shape, float[] values, int offset) {
    TensorSpec spec = new TensorSpec(name, DType.F32, shape);
    if (offset < 0 || spec.elements() > values.length - offset) {
      throw new IllegalArgumentException(
          String.format(
              "Tensor '%s' needs elements %d to %d of an array of %d.",
              name, offset, offset + spec.elements(), values.length));
    }
    return streamed(
        name,
        shape,
        (position, target, count) ->
            System.arraycopy(values, offset + (int) position, target, 0, count));
  }

  /** A float32 tensor read piece by piece; nothing of its size is held in memory. */
  public static NamedTensor streamed(String name, List<Long> shape, FloatSource source) {
    TensorSpec spec = new TensorSpec(name, DType.F32, shape);
    return new NamedTensor(spec, out -> stream(spec.elements(), source, out));
  }

  /** An int64 tensor; a scalar has the shape {@code List.of()}. */
  public static NamedTensor longs(String name, List<Long> shape, long... values) {
    TensorSpec spec = new TensorSpec(name, DType.I64, shape);
    requireLength(spec, values.length);
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return new NamedTensor(spec, out -> out.write(bytes.array()));
  }

  /** Name, type and shape. */
  public TensorSpec spec() {
    return spec;
  }

  /** Writes all elements to a stream, which stays open. */
  public void writeTo(OutputStream out) throws IOException {
    source.writeTo(out);
  }

  private static void stream(long elements, FloatSource source, OutputStream out)
      throws IOException {
    float[] values = new float[(int) Math.min(CHUNK, elements)];
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (long position = 0; position < elements; position += values.length) {
      int count = (int) Math.min(values.length, elements - position);
      source.read(position, values, count);
      bytes.asFloatBuffer().put(values, 0, count);
      out.write(bytes.array(), 0, count * 4);
    }
  }

  private static void requireLength(TensorSpec spec, int length) {
    if (spec.elements() != length) {
      throw new IllegalArgumentException(
          "Tensor '%s' of shape %s has %d elements, %d were given."
              .formatted(spec.name(), spec.shape(), spec.elements(), length));
    }
  }
}
