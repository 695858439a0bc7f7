package io.robusttrain.model;

import org.bytedeco.pytorch.Tensor;

/** A model bound to the parameters of one replica. Not thread-safe. */
public interface Classifier {
  /**
   * Computes logits.
   *
   * @param pixels float32 (B, 3, H, W) in [0,1]
   * @param pass how the forward runs
   * @return float32 (B, K); belongs to the caller's {@code PointerScope}, as do all intermediates
   */
  Tensor forward(Tensor pixels, ForwardPass pass);
}
