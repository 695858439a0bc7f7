package io.robusttrain.attack.apgd;

import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** APGD's steps in L2: along the gradient, scaled back into the ball, then clamped to the box. */
final class L2Steps extends HalvingSteps {
  private static final double TINY = 1e-12;

  private final double radius;

  L2Steps(double radius, int iterations, ApgdState state) {
    super(radius, iterations, state);
    this.radius = radius;
  }

  @Override
  Tensor direction(Tensor gradient) {
    return gradient.div(length(gradient).add_(new Scalar(TINY)));
  }

  @Override
  Tensor allowed(Tensor candidate, ApgdState state) {
    Tensor delta = candidate.sub_(state.clean);
    Tensor length = length(delta);
    Tensor reach = length.clamp_max(new Scalar(radius));
    Tensor within = delta.div_(length.add_(new Scalar(TINY))).mul_(reach).add_(state.clean);
    return Tensors.clamp(within, 0, 1);
  }

  private static Tensor length(Tensor images) {
    return ApgdState.images(Norm.L2.lengths(images));
  }
}
