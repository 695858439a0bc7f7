package io.robusttrain.attack.apgd;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** APGD's steps in Linf: along the gradient's sign, clamped to ball and box. */
final class LinfSteps extends HalvingSteps {
  private final Tensor lowest;
  private final Tensor highest;

  LinfSteps(double radius, int iterations, ApgdState state) {
    super(radius, iterations, state);
    Scalar reach = new Scalar(radius);
    lowest = state.row(state.clean.sub(reach).clamp_min_(new Scalar(0.0)));
    highest = state.row(state.clean.add(reach).clamp_max_(new Scalar(1.0)));
  }

  @Override
  Tensor direction(Tensor gradient) {
    return gradient.sign();
  }

  @Override
  Tensor allowed(Tensor candidate, ApgdState state) {
    return candidate.clamp_(new TensorOptional(lowest), new TensorOptional(highest));
  }
}
