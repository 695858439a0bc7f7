package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.CrossEntropy;
import java.io.Serializable;
import org.bytedeco.pytorch.Tensor;

/**
 * How far logits are from targets.
 *
 * @param smoothing s, the share of a hard target that is spread evenly over all classes, in [0,1);
 *     mixed targets have theirs folded in
 */
@Immutable
public record Criterion(double smoothing) implements Serializable {
  /** Checks the smoothing. */
  public Criterion {
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new IllegalArgumentException("label smoothing must lie in [0,1): " + smoothing);
    }
  }

  /**
   * The mean over the batch.
   *
   * @param logits float32 (B, K)
   * @return float32 scalar in the caller's {@code PointerScope}
   */
  public Tensor mean(Tensor logits, Targets targets) {
    return CrossEntropy.mean(logits, targets.labels(), smoothing);
  }
}
