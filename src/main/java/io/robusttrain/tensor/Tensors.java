package io.robusttrain.tensor;

import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Tensors from Java arrays and seed keys. Every result is a new tensor that belongs to the caller:
 * to the innermost {@code PointerScope}, if there is one. Thread-safe.
 */
public final class Tensors {
  private Tensors() {}

  /** A float32 tensor of the given shape with a copy of {@code data}, row-major. */
  public static Tensor of(float[] data, ComputeDevice device, long... shape) {
    Tensor result = torch.empty(shape);
    try (PointerScope scope = new PointerScope()) {
      check(result, data.length);
      result.data_ptr_float().put(data, 0, data.length);
    }
    return place(result, device);
  }

  /** An int64 tensor of shape (B) with a copy of {@code data}: class indices. */
  public static Tensor labels(int[] data, ComputeDevice device) {
    return scoped(
        () -> {
          long[] wide = java.util.Arrays.stream(data).asLongStream().toArray();
          Tensor host =
              torch.zeros(new long[] {wide.length}, new TensorOptions(torch.ScalarType.Long));
          if (wide.length > 0) { // an empty tensor has no memory to point to
            host.data_ptr_long().put(wide, 0, wide.length);
          }
          return place(host, device);
        });
  }

  /**
   * 8-bit samples as pixels in [0,1]: float32 {@code value / 255} of the given shape.
   *
   * @param data unsigned bytes, planar, row-major
   */
  public static Tensor pixels(byte[] data, ComputeDevice device, long... shape) {
    return scoped(
        () -> {
          Tensor bytes = torch.zeros(shape, new TensorOptions(torch.ScalarType.Byte));
          check(bytes, data.length);
          new BytePointer(bytes.data_ptr_byte()).put(data, 0, data.length);
          // Move bytes, not floats, to the device.
          return place(bytes, device).to(torch.ScalarType.Float).div_(new Scalar(255f));
        });
  }

  /** Uniform draws on [low, high), float32, the same for equal keys on every device. */
  public static Tensor uniform(
      SeedKey key, double low, double high, ComputeDevice device, long... shape) {
    Tensor result = torch.empty(shape);
    try (PointerScope scope = new PointerScope()) {
      result.uniform_(low, high, generator(key));
    }
    return place(result, device);
  }

  /** Normal draws, float32, the same for equal keys on every device. */
  public static Tensor normal(
      SeedKey key, double mean, double deviation, ComputeDevice device, long... shape) {
    Tensor result = torch.empty(shape);
    try (PointerScope scope = new PointerScope()) {
      result.normal_(mean, deviation, generator(key));
    }
    return place(result, device);
  }

  /**
   * Runs a computation in a scope of its own: of everything it makes, only the result survives, in
   * the caller's scope. What autograd needs stays alive inside libtorch.
   */
  public static Tensor scoped(Supplier<Tensor> computation) {
    Tensor result;
    try (PointerScope scope = new PointerScope()) {
      result = computation.get().retainReference();
    }
    return attach(result);
  }

  /** As {@link #scoped}; records nothing for a backward pass. */
  public static Tensor unrecorded(Supplier<Tensor> computation) {
    return scoped(
        () -> {
          try (NoGradGuard forwardOnly = new NoGradGuard()) {
            return computation.get();
          }
        });
  }

  /** Clamps all elements to [low, high] in place and returns the same tensor. */
  public static Tensor clamp(Tensor tensor, double low, double high) {
    return tensor.clamp_(new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high)));
  }

  /** A copy of a float32 tensor's elements, row-major. */
  public static float[] toArray(Tensor tensor) {
    try (PointerScope scope = new PointerScope()) {
      Tensor host = tensor.detach().cpu().contiguous().to(torch.ScalarType.Float);
      float[] data = new float[Math.toIntExact(host.numel())];
      host.data_ptr_float().get(data);
      return data;
    }
  }

  /** A copy of a float32 or float64 tensor's elements, row-major. */
  public static double[] toDoubles(Tensor tensor) {
    try (PointerScope scope = new PointerScope()) {
      Tensor host = tensor.detach().cpu().contiguous().to(torch.ScalarType.Double);
      double[] data = new double[Math.toIntExact(host.numel())];
      host.data_ptr_double().get(data);
      return data;
    }
  }

  private static GeneratorOptional generator(SeedKey key) {
    return new GeneratorOptional(torch.make_generator_cpu(key.value()));
  }

  private static Tensor place(Tensor tensor, ComputeDevice device) {
    return device == ComputeDevice.CPU
        ? tensor
        : tensor.to(device.placement(), tensor.scalar_type());
  }

  /** Hands a tensor retained in an inner scope to the caller's scope. */
  private static Tensor attach(Tensor tensor) {
    PointerScope scope = PointerScope.getInnerScope();
    if (scope != null) {
      scope.attach(tensor);
      tensor.releaseReference();
    }
    return tensor;
  }

  private static void check(Tensor tensor, int length) {
    if (tensor.numel() != length) {
      throw new IllegalArgumentException(
          "shape holds %d elements, the data %d".formatted(tensor.numel(), length));
    }
  }
}
