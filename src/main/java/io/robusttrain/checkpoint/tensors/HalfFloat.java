package io.robusttrain.checkpoint.tensors;

/** IEEE 754 binary16, which Java 17 has no conversion for. */
public final class HalfFloat {
  private HalfFloat() {}

  /** The exact float32 value of 16 bits. */
  public static float toFloat(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0) {
      // Zero and subnormals: fraction times 2^-24.
      float magnitude = fraction * 0x1p-24f;
      return Float.intBitsToFloat(Float.floatToRawIntBits(magnitude) | sign);
    }
    // Infinity and NaN keep the all-ones exponent; finite values move the bias from 15 to 127.
    int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }
}
