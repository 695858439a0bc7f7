package io.robusttrain.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Layer norm over the last dimension.
 *
 * @param dim its size
 * @param weight (dim)
 * @param bias (dim)
 * @param epsilon added to the variance
 */
record LayerNorm(long dim, TensorOptional weight, TensorOptional bias, double epsilon) {
  static LayerNorm of(BoundTensors tensors, String prefix, double epsilon) {
    return new LayerNorm(
        tensors.tensor(prefix + ".weight").numel(),
        tensors.optional(prefix + ".weight"),
        tensors.optional(prefix + ".bias"),
        epsilon);
  }

  /** From (..., dim) to (..., dim). */
  Tensor forward(Tensor input) {
    return torch.layer_norm(input, new long[] {dim}, weight, bias, epsilon, true);
  }
}
