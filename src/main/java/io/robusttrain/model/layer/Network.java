package io.robusttrain.model.layer;

import io.robusttrain.model.ForwardPass;
import org.bytedeco.pytorch.Tensor;

/** The layers of a model, bound to tensors. */
@FunctionalInterface
public interface Network {
  /**
   * Computes logits.
   *
   * @param pixels float32 (B, 3, H, W); B may be 0, so no size may be derived by division by B
   * @param pass how the forward runs
   * @return float32 (B, K)
   */
  Tensor forward(Tensor pixels, ForwardPass pass);
}
