package io.robusttrain.attack.apgd;

import org.bytedeco.pytorch.Tensor;

/** How APGD moves, and how it adapts its moves, in one norm. One instance for each run. */
interface StepRule {
  /**
   * The next point.
   *
   * @param iteration counted from 0
   * @return float32 (n, C, H, W) in ball and box
   */
  Tensor next(ApgdState state, int iteration);

  /** Looks at what the step led to; at a checkpoint changes step sizes and returns to the best. */
  void adapt(ApgdState state);
}
