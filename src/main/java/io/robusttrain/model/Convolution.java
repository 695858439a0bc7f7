package io.robusttrain.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A square convolution, padded so that stride 1 keeps the size.
 *
 * @param weight (O, I / groups, k, k), k odd
 * @param bias (O), or empty
 * @param stride in both directions
 * @param groups of channels
 */
record Convolution(Tensor weight, TensorOptional bias, long stride, long groups) {
  static Convolution withoutBias(BoundTensors tensors, String prefix, long stride) {
    return new Convolution(
        tensors.tensor(prefix + ".weight"), tensors.keep(new TensorOptional()), stride, 1);
  }

  static Convolution depthwise(BoundTensors tensors, String prefix) {
    Tensor weight = tensors.tensor(prefix + ".weight");
    return new Convolution(weight, tensors.optional(prefix + ".bias"), 1, weight.size(0));
  }

  /** From (B, I, H, W) to (B, O, H / stride, W / stride). */
  Tensor forward(Tensor input) {
    long padding = weight.size(2) / 2;
    return torch.conv2d(
        input,
        weight,
        bias,
        new long[] {stride, stride},
        new long[] {padding, padding},
        new long[] {1, 1},
        groups);
  }
}
