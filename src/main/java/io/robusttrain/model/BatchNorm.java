package io.robusttrain.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Batch norm over all but the channels.
 *
 * @param prefix of its tensors' names
 * @param weight (C)
 * @param bias (C)
 * @param mean the running mean, (C)
 * @param variance the running variance, (C)
 */
record BatchNorm(
    String prefix,
    TensorOptional weight,
    TensorOptional bias,
    TensorOptional mean,
    TensorOptional variance) {
  private static final double EPSILON = 1e-5;

  static BatchNorm of(BoundTensors tensors, String prefix) {
    return new BatchNorm(
        prefix,
        tensors.optional(prefix + ".weight"),
        tensors.optional(prefix + ".bias"),
        tensors.optional(prefix + ".running_mean"),
        tensors.optional(prefix + ".running_var"));
  }

  /** From (B, C, H, W) to (B, C, H, W). */
  Tensor forward(Tensor input, ForwardPass pass) {
    if (pass instanceof ForwardPass.Train train) {
      // Momentum 1 leaves this batch's own mean and unbiased variance in the buffers.
      return torch.batch_norm(
          input,
          weight,
          bias,
          new TensorOptional(train.statistics().buffer(prefix + ".running_mean")),
          new TensorOptional(train.statistics().buffer(prefix + ".running_var")),
          true,
          1.0,
          EPSILON,
          true);
    }
    return torch.batch_norm(input, weight, bias, mean, variance, false, 0.0, EPSILON, true);
  }
}
