package io.robusttrain.objective;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The Kullback-Leibler divergence of predictions. Results belong to the caller's scope.
 *
 * <p>Both predictions are given by their logarithms: a class whose probability float32 rounds to 0,
 * at a gap of about 104 between two logits, has a finite logarithm all the same. The gradient of
 * {@code q log q} to a probability of 0 would be no number.
 */
public final class Divergence {
  private static final long REDUCE_NONE = 0;
  private static final long REDUCE_SUM = 2;

  private Divergence() {}

  /**
   * {@code sum_i KL(q_i || p_i)}, with a gradient to both.
   *
   * @param logProbabilities log p, float32 (B, K)
   * @param logTargets log q, float32 (B, K)
   * @return float32 scalar
   */
  public static Tensor sum(Tensor logProbabilities, Tensor logTargets) {
    return torch.kl_div(logProbabilities, logTargets, REDUCE_SUM, /* log_target= */ true);
  }

  /**
   * {@code KL(q_i || p_i)}, with a gradient to both.
   *
   * @param logProbabilities log p, float32 (B, K)
   * @param logTargets log q, float32 (B, K)
   * @return float32 (B)
   */
  public static Tensor perSample(Tensor logProbabilities, Tensor logTargets) {
    return torch.kl_div(logProbabilities, logTargets, REDUCE_NONE, /* log_target= */ true).sum(1);
  }
}
