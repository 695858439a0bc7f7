package io.robusttrain.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Arrays of float64 from tensors and recordings, and how far they are from each other. */
public final class Doubles {
  private Doubles() {}

  /** A float64 tensor with a copy of the values, in the caller's {@code PointerScope}. */
  public static Tensor tensor(double[] values, long... shape) {
    Tensor result = torch.zeros(shape, new TensorOptions(ScalarType.Double));
    try (PointerScope scope = new PointerScope()) {
      result.data_ptr_double().put(values);
    }
    return result;
  }

  /** A copy of a floating tensor's elements, row-major. */
  public static double[] of(Tensor tensor) {
    try (PointerScope scope = new PointerScope()) {
      Tensor host = tensor.detach().cpu().contiguous().to(ScalarType.Double);
      double[] values = new double[Math.toIntExact(host.numel())];
      host.data_ptr_double().get(values);
      return values;
    }
  }

  /** The same numbers. */
  public static double[] of(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  /** The largest absolute value. */
  public static double largest(double[] values) {
    return largestDifference(values, new double[values.length]);
  }

  /** The largest absolute value. */
  public static double largest(float... values) {
    return largest(of(values));
  }

  /** The largest difference between elements of the same place; NaN if there is one. */
  public static double largestDifference(double[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double largest = 0;
    for (int i = 0; i < actual.length; i++) {
      double difference = Math.abs(actual[i] - expected[i]);
      // A NaN passes no comparison and stays.
      largest = difference <= largest ? largest : difference;
    }
    return largest;
  }

  /** How many elements are further than a threshold from those of the same place. */
  public static long differing(double[] actual, double[] expected, double threshold) {
    assertThat(actual).hasSameSizeAs(expected);
    long differing = 0;
    for (int i = 0; i < actual.length; i++) {
      differing += Math.abs(actual[i] - expected[i]) <= threshold ? 0 : 1;
    }
    return differing;
  }
}
