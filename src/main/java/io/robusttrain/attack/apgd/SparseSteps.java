package io.robusttrain.attack.apgd;

import io.robusttrain.attack.L1Projection;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * APGD in L1 (Croce and Hein, "Mind the box", 2021): steps without momentum along the signs of the
 * largest gradient values only. At each checkpoint the share of values to move follows the sparsity
 * of the best point so far; an image whose best point became sparser starts again from it with the
 * full step, the step of the others shrinks.
 */
final class SparseSteps implements StepRule {
  private static final double CHECKPOINT_SHARE = 0.04;
  private static final double FIRST_SHARE = 0.2;
  private static final double MUCH_SPARSER = 0.95;
  private static final double SHRINK = 1.5;
  private static final double LARGEST_SHRINK = 10;
  private static final double TINY = 1e-10;

  private final double radius;
  private final int window;
  private final long values;
  private final Tensor share;
  private final Tensor sparsity;
  private final Tensor stepSize;
  private int sinceCheckpoint;

  /** For a run from a random start. */
  static SparseSteps fromNoise(double radius, int iterations, ApgdState state) {
    Tensor none = torch.zeros_like(state.loss);
    return new SparseSteps(
        radius,
        iterations,
        state,
        none.add(new Scalar(FIRST_SHARE)),
        none.add(new Scalar((double) state.clean.numel() / state.count())));
  }

  /** For a run that continues another one, at a point that tells how sparse it should be. */
  static SparseSteps continuing(double radius, int iterations, ApgdState state) {
    Tensor changed = changed(state.point, state.clean);
    long values = state.clean.numel() / state.count();
    return new SparseSteps(radius, iterations, state, share(changed, values), changed);
  }

  private SparseSteps(
      double radius, int iterations, ApgdState state, Tensor share, Tensor sparsity) {
    this.radius = radius;
    this.window = CheckpointSchedule.share(CHECKPOINT_SHARE, iterations);
    this.values = state.clean.numel() / state.count();
    this.share = state.row(share);
    this.sparsity = state.row(sparsity);
    this.stepSize = state.row(torch.full_like(share, new Scalar(radius)));
  }

  @Override
  public Tensor next(ApgdState state, int iteration) {
    Tensor signs = largest(state.gradient).sign_();
    Tensor moves = signs.abs().flatten(1, -1).sum(1).add_(new Scalar(TINY));
    Tensor step = signs.mul_(ApgdState.images(stepSize)).div_(ApgdState.images(moves));
    Tensor delta = step.add_(state.point).sub_(state.clean);
    Tensor correction = L1Projection.project(delta, state.clean, radius).sub_(delta);
    // In the reference's order: a value taken back to the clean one may keep a rounding error, and
    // then still counts as changed when the sparsity is measured.
    return Tensors.clamp(state.clean.add(delta).add_(correction), 0, 1);
  }

  /** The gradient with all but the current share of its largest values set to 0. */
  private Tensor largest(Tensor gradient) {
    Tensor sizes = gradient.abs();
    Tensor ascending = sizes.flatten(1, -1).sort(1, false).get0();
    Tensor position = share.neg().add_(new Scalar(1.0)).mul_(new Scalar(values));
    Tensor index = Tensors.clamp(position, 0, (double) values - 1).to(torch.ScalarType.Long);
    Tensor smallest = ascending.gather(1, index.unsqueeze(1));
    return gradient.mul(sizes.ge(ApgdState.images(smallest)));
  }

  @Override
  public void adapt(ApgdState state) {
    sinceCheckpoint++;
    if (sinceCheckpoint < window) {
      return;
    }
    sinceCheckpoint = 0;
    Tensor changed = changed(state.best, state.clean);
    Tensor sparser = changed.div(sparsity).lt(new Scalar(MUCH_SPARSER));
    Tensor full = torch.full_like(stepSize, new Scalar(radius));
    Tensor shrunk =
        stepSize.div(new Scalar(SHRINK)).clamp_min_(new Scalar(radius / LARGEST_SHRINK));
    stepSize.put(full.where(sparser, shrunk));
    share.put(share(changed, values));
    sparsity.put(changed);
    state.returnToBest(sparser);
  }

  private static Tensor share(Tensor changed, long values) {
    return changed.div(new Scalar(values)).div_(new Scalar(SHRINK));
  }

  /** How many values of each image differ from the clean one; float32 (n). */
  private static Tensor changed(Tensor point, Tensor clean) {
    return point.ne(clean).flatten(1, -1).sum(1).to(torch.ScalarType.Float);
  }
}
