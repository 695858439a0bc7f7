package io.robusttrain.attack;

import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Cross entropy of logits and class indices, as PyTorch computes it. Results belong to the caller's
 * {@code PointerScope}. Thread-safe.
 *
 * <p>A label outside 0 ... K-1 raises a {@code RuntimeException}; none is ignored.
 */
public final class CrossEntropy {
  // libtorch skips labels equal to the ignored index; its default, -100, would hide a bad label.
  private static final long IGNORE_NONE = Long.MIN_VALUE;

  private static final long REDUCE_NONE = 0;
  private static final long REDUCE_MEAN = 1;
  private static final long REDUCE_SUM = 2;

  private CrossEntropy() {}

  /**
   * The sum over the batch, without smoothing: what attacks climb.
   *
   * @param logits float32 (B, K)
   * @param labels int64 (B)
   * @return float32 scalar
   */
  public static Tensor sum(Tensor logits, Tensor labels) {
    return compute(logits, labels, REDUCE_SUM, 0);
  }

  /**
   * The mean over the batch of {@code (1 - s) * (-log p[label]) + s * mean(-log p)}.
   *
   * @param logits float32 (B, K)
   * @param labels int64 (B)
   * @param smoothing s in [0,1)
   * @return float32 scalar
   */
  public static Tensor mean(Tensor logits, Tensor labels, double smoothing) {
    return compute(logits, labels, REDUCE_MEAN, smoothing);
  }

  /**
   * The loss of each sample, without smoothing.
   *
   * @param logits float32 (B, K)
   * @param labels int64 (B)
   * @return float32 (B)
   */
  public static Tensor perSample(Tensor logits, Tensor labels) {
    return compute(logits, labels, REDUCE_NONE, 0);
  }

  private static Tensor compute(Tensor logits, Tensor labels, long reduction, double smoothing) {
    return Tensors.scoped(
        () ->
            torch.cross_entropy_loss(
                logits, labels, new TensorOptional(), reduction, IGNORE_NONE, smoothing));
  }
}
