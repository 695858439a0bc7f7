package io.robusttrain.attack;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Float64 between tensors and Java. */
final class Doubles {
  private Doubles() {}

  /** A float64 tensor, in the caller's {@code PointerScope}. */
  static Tensor tensor(double[] values, long... shape) {
    Tensor result = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      result.put(
          torch
              .from_blob(
                  new DoublePointer(values),
                  shape,
                  new org.bytedeco.pytorch.TensorOptions(ScalarType.Double))
              .clone());
    }
    return result;
  }

  /** A copy of a tensor's elements, row-major. */
  static double[] of(Tensor tensor) {
    try (PointerScope scope = new PointerScope()) {
      Tensor host = tensor.detach().contiguous().to(ScalarType.Double);
      double[] data = new double[Math.toIntExact(host.numel())];
      host.data_ptr_double().get(data);
      return data;
    }
  }

  /** Float32 values as they are. */
  static double[] of(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = values[i];
    }
    return result;
  }
}
