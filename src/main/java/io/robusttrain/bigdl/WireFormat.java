package io.robusttrain.bigdl;

import io.robusttrain.engine.FloatSlice;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** How the elements of a float32 vector travel. They are added in float32, whatever the format. */
enum WireFormat {
  /** As they are. */
  FLOAT32(Float.BYTES) {
    @Override
    void write(FloatSlice from, ByteBuffer payload) {
      payload.asFloatBuffer().put(from.array(), from.offset(), from.length());
    }

    @Override
    void read(ByteBuffer payload, int first, FloatSlice to) {
      payload.asFloatBuffer().position(first).get(to.array(), to.offset(), to.length());
    }

    @Override
    void add(ByteBuffer payload, int first, FloatSlice to) {
      FloatBuffer elements = payload.asFloatBuffer();
      float[] sum = to.array();
      for (int i = 0; i < to.length(); i++) {
        sum[to.offset() + i] += elements.get(first + i);
      }
    }
  },

  /**
   * In 16 bits, those of bfloat16: each element is rounded to the nearest number of 8 significant
   * bits, ties to even, which changes it by at most 2^-8 of it; numbers above 3.39e38 become
   * infinite, and what is not a number stays so.
   */
  BFLOAT16(Short.BYTES) {
    @Override
    void write(FloatSlice from, ByteBuffer payload) {
      ShortBuffer elements = payload.asShortBuffer();
      for (int i = 0; i < from.length(); i++) {
        elements.put(i, narrow(from.array()[from.offset() + i]));
      }
    }

    @Override
    void read(ByteBuffer payload, int first, FloatSlice to) {
      ShortBuffer elements = payload.asShortBuffer();
      for (int i = 0; i < to.length(); i++) {
        to.array()[to.offset() + i] = widen(elements.get(first + i));
      }
    }

    @Override
    void add(ByteBuffer payload, int first, FloatSlice to) {
      ShortBuffer elements = payload.asShortBuffer();
      float[] sum = to.array();
      for (int i = 0; i < to.length(); i++) {
        sum[to.offset() + i] += widen(elements.get(first + i));
      }
    }
  };

  private static final int QUIET_NAN = 0x40;
  private static final int BELOW_HALF = 0x7FFF;

  private final int width;

  WireFormat(int width) {
    this.width = width;
  }

  /** The format of a {@link EngineOptions#compression}. */
  static WireFormat of(String compression) {
    return switch (compression) {
      case "none" -> FLOAT32;
      case "fp16" -> BFLOAT16;
      default -> throw new IllegalArgumentException("no such compression: " + compression);
    };
  }

  /** Bytes of an element. */
  int width() {
    return width;
  }

  /** Writes a vector to the beginning of {@code payload}. */
  abstract void write(FloatSlice from, ByteBuffer payload);

  /** Reads as many elements as {@code to} has, from the {@code first} on. */
  abstract void read(ByteBuffer payload, int first, FloatSlice to);

  /** Adds as many elements as {@code to} has, from the {@code first} on. */
  abstract void add(ByteBuffer payload, int first, FloatSlice to);

  private static short narrow(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> Short.SIZE | QUIET_NAN);
    }
    int even = bits >>> Short.SIZE & 1;
    return (short) ((bits + BELOW_HALF + even) >>> Short.SIZE);
  }

  private static float widen(short half) {
    return Float.intBitsToFloat(half << Short.SIZE);
  }
}
