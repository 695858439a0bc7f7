package io.robusttrain.model;

import org.bytedeco.pytorch.Tensor;

/**
 * A model bound to the parameters of one replica.
 *
 * <p>Gradients: {@code loss.backward()} adds to the gradient views of the {@code FlatParameters};
 * {@code torch.grad} of a loss with respect to the pixels leaves them as they are and computes no
 * parameter gradient. Owns native constants until {@link #close()}. Not thread-safe.
 */
public interface Classifier extends AutoCloseable {
  /**
   * Computes logits.
   *
   * @param pixels float32 (B, 3, H, W) in [0,1]
   * @param pass how the forward runs
   * @throws IllegalArgumentException if the pixels' shape does not fit the model
   * @return float32 (B, K); belongs to the caller's {@code PointerScope}, as do all intermediates
   */
  Tensor forward(Tensor pixels, ForwardPass pass);

  /** Releases the model's own native memory; the parameters stay. */
  @Override
  default void close() {}
}
