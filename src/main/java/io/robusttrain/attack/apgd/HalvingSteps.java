package io.robusttrain.attack.apgd;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * APGD in Linf and L2: steps with momentum, halved for an image at a checkpoint where the loss did
 * not rise often enough in the window, or where the step was not halved at the last checkpoint and
 * the best loss has not risen since.
 *
 * <p>As the reference counts it, the first step's loss is compared with 0: a positive loss, such as
 * cross entropy, counts as risen, a negative one does not.
 */
abstract class HalvingSteps implements StepRule {
  private static final double RISES_NEEDED = 0.75;
  private static final double MOMENTUM = 0.75;

  private final CheckpointSchedule schedule;
  private final Tensor stepSize;
  private final Tensor rises;
  private final Tensor lastLoss;
  private final Tensor bestAtCheckpoint;
  private final Tensor wasHalved;
  private int window;
  private int sinceCheckpoint;

  /** For a run whose state has its first loss. */
  HalvingSteps(double radius, int iterations, ApgdState state) {
    schedule = CheckpointSchedule.of(iterations);
    window = schedule.first();
    Tensor zeros = torch.zeros_like(state.loss);
    rises = state.row(zeros);
    lastLoss = state.row(zeros);
    stepSize = state.row(ApgdState.images(zeros.add(new Scalar(2 * radius))));
    bestAtCheckpoint = state.row(state.bestLoss);
    wasHalved = state.row(zeros.eq(zeros));
  }

  /** The gradient scaled to size 1 in the norm; float32 (n, C, H, W). */
  abstract Tensor direction(Tensor gradient);

  /** The candidate moved into ball and box; float32 (n, C, H, W). */
  abstract Tensor allowed(Tensor candidate, ApgdState state);

  @Override
  public Tensor next(ApgdState state, int iteration) {
    double weight = iteration == 0 ? 1 : MOMENTUM;
    Tensor point = state.point;
    Tensor ahead = allowed(point.add(direction(state.gradient).mul_(stepSize)), state);
    // Written out: a fused multiply-add would round otherwise than the reference does.
    Tensor push = ahead.sub_(point).mul_(new Scalar(weight));
    Tensor drift = point.sub(state.previous).mul_(new Scalar(1 - weight));
    return allowed(push.add_(point).add_(drift), state);
  }

  @Override
  public void adapt(ApgdState state) {
    rises.put(rises.add(state.loss.gt(lastLoss)));
    lastLoss.put(state.loss);
    sinceCheckpoint++;
    if (sinceCheckpoint == window) {
      checkpoint(state);
    }
  }

  private void checkpoint(ApgdState state) {
    Tensor oscillates = rises.le(new Scalar(RISES_NEEDED * window));
    Tensor stuck = bestAtCheckpoint.ge(state.bestLoss).logical_and(wasHalved.logical_not());
    Tensor halve = oscillates.logical_or(stuck);
    Tensor images = ApgdState.images(halve);
    stepSize.put(stepSize.mul(new Scalar(0.5)).where(images, stepSize));
    state.returnToBest(halve);
    wasHalved.put(halve);
    bestAtCheckpoint.put(state.bestLoss);
    rises.put(torch.zeros_like(rises));
    window = schedule.after(window);
    sinceCheckpoint = 0;
  }
}
