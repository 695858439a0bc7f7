package io.robusttrain.objective;

import org.bytedeco.pytorch.Tensor;

/**
 * A loss before its backward pass.
 *
 * @param loss float32 scalar, the mean over the micro-batch, with its graph
 * @param logits float32 (B, K) of the forward whose accuracy is counted: of the attacked images if
 *     the objective attacks
 * @param afterBackward runs once after the backward pass, and also if that fails; for what must
 *     stay as it was during it, such as perturbed weights
 */
public record StepLoss(Tensor loss, Tensor logits, Runnable afterBackward) {
  /** A loss that leaves nothing behind. */
  public StepLoss(Tensor loss, Tensor logits) {
    this(loss, logits, () -> {});
  }
}
