package io.robusttrain.train.worker;

import io.robusttrain.engine.FloatSlice;
import java.util.Arrays;

/**
 * How all workers agree to skip a step without a word between them. A replica whose gradient is not
 * finite makes every element of it NaN; in the sum over replicas every element then is NaN, so each
 * worker sees in any element of its slice what happened on any other. The sum of finite gradients
 * is finite: {@link #LARGEST} is far enough from the largest float for any number of replicas.
 */
final class FiniteGradient {
  /** Larger gradients count as infinite: their squares, which optimisers take, are. */
  static final float LARGEST = 1e19f;

  private FiniteGradient() {}

  static boolean holds(FloatSlice gradient) {
    float[] elements = gradient.array();
    int end = gradient.offset() + gradient.length();
    int wrong = 0;
    // Counted without a way out, which leaves the loop without a branch for each element.
    for (int i = gradient.offset(); i < end; i++) {
      wrong += Math.abs(elements[i]) <= LARGEST ? 0 : 1; // a NaN is not smaller than anything
    }
    return wrong == 0;
  }

  /** Makes the whole gradient say that its step must be skipped. */
  static void spoil(FloatSlice gradient) {
    int from = gradient.offset();
    Arrays.fill(gradient.array(), from, from + gradient.length(), Float.NaN);
  }

  /** Whether a slice of the summed gradient says so. */
  static boolean spoilt(FloatSlice gradient) {
    return Float.isNaN(gradient.array()[gradient.offset()]);
  }
}
