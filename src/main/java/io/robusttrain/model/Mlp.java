package io.robusttrain.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Two linear layers with the exact GELU between.
 *
 * @param fc1 from D to the hidden size
 * @param fc2 back to D
 */
record Mlp(Linear fc1, Linear fc2) {
  static Mlp of(BoundTensors tensors, String prefix) {
    return new Mlp(Linear.of(tensors, prefix + ".fc1"), Linear.of(tensors, prefix + ".fc2"));
  }

  /** From (..., D) to (..., D). */
  Tensor forward(Tensor input) {
    return fc2.forward(torch.gelu(fc1.forward(input)));
  }
}
