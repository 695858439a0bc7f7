package io.robusttrain.objective;

import java.util.Optional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * What a micro-batch's images show. Borrows its tensors.
 *
 * @param labels int64 (B): the class, or the heaviest one of a mixed image; what attacks and
 *     accuracy take
 * @param mixed float32 (B, K): the share of each class, rows summing to 1, with label smoothing
 *     folded in; empty unless images were mixed
 */
public record Targets(Tensor labels, Optional<Tensor> mixed) {
  /** One class for each image: int64 (B). */
  public static Targets of(Tensor labels) {
    return new Targets(labels, Optional.empty());
  }

  /**
   * Shares of classes for each image, smoothing folded in.
   *
   * @param shares float32 (B, K)
   */
  public static Targets mixed(Tensor shares) {
    return new Targets(shares.argmax(new LongOptional(1), false), Optional.of(shares));
  }
}
