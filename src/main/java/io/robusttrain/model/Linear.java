package io.robusttrain.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A linear layer with bias.
 *
 * @param weight (O, I)
 * @param bias (O)
 */
record Linear(Tensor weight, TensorOptional bias) {
  static Linear of(BoundTensors tensors, String prefix) {
    return new Linear(tensors.tensor(prefix + ".weight"), tensors.optional(prefix + ".bias"));
  }

  /** From (..., I) to (..., O). */
  Tensor forward(Tensor input) {
    return torch.linear(input, weight, bias);
  }
}
