package io.robusttrain.objective;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The Kullback-Leibler divergence of predictions. Results belong to the caller's scope. */
public final class Divergence {
  private static final long REDUCE_NONE = 0;
  private static final long REDUCE_SUM = 2;

  private Divergence() {}

  /**
   * {@code sum_i KL(q_i || softmax(z_i))}, with a gradient to both.
   *
   * @param logits z, float32 (B, K)
   * @param probabilities q, float32 (B, K)
   * @return float32 scalar
   */
  public static Tensor sum(Tensor logits, Tensor probabilities) {
    return torch.kl_div(logits.log_softmax(1), probabilities, REDUCE_SUM, /* log_target= */ false);
  }

  /**
   * {@code KL(q_i || p_i)}, with a gradient to both.
   *
   * @param logProbabilities log p, float32 (B, K)
   * @param probabilities q, float32 (B, K)
   * @return float32 (B)
   */
  public static Tensor perSample(Tensor logProbabilities, Tensor probabilities) {
    return torch
        .kl_div(logProbabilities, probabilities, REDUCE_NONE, /* log_target= */ false)
        .sum(1);
  }
}
