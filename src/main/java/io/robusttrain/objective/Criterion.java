package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.tensor.Tensors;
import java.io.Serializable;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How far logits z are from targets t: {@link Targets#shares}, which have the label smoothing
 * folded in as timm and the reference's code fold it.
 *
 * @param loss the distance
 * @param smoothing s, the share of a class that is spread evenly over all classes, in [0,1)
 */
@Immutable
public record Criterion(Loss loss, double smoothing) implements Serializable {
  /** The distances that can be minimised. */
  public enum Loss {
    /** Cross entropy: {@code (1/B) sum_i sum_k -t_ik log softmax(z_i)_k}. */
    CE,
    /**
     * Binary cross entropy of each class on its own, timm's {@code BinaryCrossEntropy}: {@code
     * (1/BK) sum_ik -t_ik log sigmoid(z_ik) - (1 - t_ik) log(1 - sigmoid(z_ik))}.
     */
    BCE
  }

  public Criterion {
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new IllegalArgumentException("label smoothing must lie in [0,1): " + smoothing);
    }
  }

  /** Cross entropy with label smoothing in [0,1). */
  public Criterion(double smoothing) {
    this(Loss.CE, smoothing);
  }

  /**
   * The mean over the batch.
   *
   * @param logits float32 (B, K)
   * @return float32 scalar in the caller's {@code PointerScope}
   */
  public Tensor mean(Tensor logits, Targets targets) {
    return switch (loss) {
      case CE ->
          targets.mixture().isPresent()
              ? soft(logits, targets)
              : CrossEntropy.mean(logits, targets.labels(), smoothing);
      case BCE -> torch.binary_cross_entropy_with_logits(logits, targets.shares(logits, smoothing));
    };
  }

  private Tensor soft(Tensor logits, Targets targets) {
    return Tensors.scoped(
        () -> {
          Tensor shares = targets.shares(logits, smoothing);
          return shares.mul(logits.log_softmax(1)).sum(1).mean().mul(new Scalar(-1.0));
        });
  }
}
