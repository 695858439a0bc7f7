package io.robusttrain.engine;

import java.util.Arrays;

/**
 * The elements {@code array[offset] ... array[offset + length - 1]}, shared with whoever else holds
 * the array.
 */
@SuppressWarnings("ArrayRecordComponent") // a view of bulk data, never compared
public record FloatSlice(float[] array, int offset, int length) {
  /** All elements of an array. */
  public static FloatSlice of(float[] array) {
    return new FloatSlice(array, 0, array.length);
  }

  /** The elements in an array of their own. */
  public float[] copy() {
    return Arrays.copyOfRange(array, offset, offset + length);
  }
}
