package io.robusttrain.model.layer;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** The initial distribution of one tensor; the draws follow from the key alone. */
@FunctionalInterface
public interface Initializer {
  /** Writes the initial values into {@code target}, in the caller's {@code PointerScope}. */
  void fill(Tensor target, SeedKey key, ComputeDevice device);

  static Initializer constant(double value) {
    return (target, key, device) -> target.fill_(new Scalar(value));
  }

  /** Biases, and whatever else starts at nothing. */
  static Initializer zeros() {
    return constant(0);
  }

  static Initializer ones() {
    return constant(1);
  }

  /** Normal with mean 0. */
  static Initializer normal(double deviation) {
    return (target, key, device) ->
        target.copy_(draw(deviation, target, key, device).view(target.sizes()));
  }

  /** timm's truncated normal: cut at plus and minus 2, not at two deviations. */
  static Initializer truncatedNormal(double deviation) {
    return (target, key, device) ->
        target.copy_(
            Tensors.clamp(draw(deviation, target, key, device), -2, 2).view(target.sizes()));
  }

  /**
   * PyTorch's default for the weight and for the bias of convolutions and linear layers, Kaiming
   * uniform with a = sqrt(5): uniform within 1 / sqrt(fan in).
   */
  static Initializer uniformFanIn(long fanIn) {
    double bound = 1 / Math.sqrt((double) fanIn);
    return (target, key, device) ->
        target.copy_(
            Tensors.uniform(key, -bound, bound, device, target.numel()).view(target.sizes()));
  }

  /** The first half of a tensor's rows and the second, each with its own draws. */
  static Initializer halves(Initializer first, Initializer second) {
    return (target, key, device) -> {
      long rows = target.size(0) / 2;
      first.fill(target.narrow(0, 0, rows), key.with(0), device);
      second.fill(target.narrow(0, rows, target.size(0) - rows), key.with(1), device);
    };
  }

  /**
   * Kaiming normal for rectifiers by the fan out (He et al., 2015): deviation sqrt(2 / fan out).
   */
  static Initializer normalFanOut(long fanOut) {
    return normal(Math.sqrt(2.0 / fanOut));
  }

  private static Tensor draw(double deviation, Tensor target, SeedKey key, ComputeDevice device) {
    return Tensors.normal(key, 0, deviation, device, target.numel());
  }
}
