package io.robusttrain.attack.fab;

import org.bytedeco.pytorch.Tensor;

/** A decision boundary of the model, as seen from a point: what FAB walks to. */
interface Boundary {
  /**
   * Linearises the boundary at each point.
   *
   * @param pixels float32 (N, C, H, W) in [0,1]
   * @return in the caller's {@code PointerScope}
   */
  Linearization at(Tensor pixels);

  /**
   * The difference between another class's logit and the true one's, and its gradient.
   *
   * @param difference float32 (N): below 0 on the true class's side
   * @param gradient float32 (N, D), D = C * H * W
   */
  record Linearization(Tensor difference, Tensor gradient) {}
}
