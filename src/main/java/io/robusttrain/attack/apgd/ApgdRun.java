package io.robusttrain.attack.apgd;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.LossGradient;
import io.robusttrain.attack.Rows;
import io.robusttrain.attack.Victim;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One run of APGD over a batch from given starting points. Remembers for every image the last
 * misclassified iterate, the start included. Lives in the scope that creates it. Not thread-safe.
 */
final class ApgdRun {
  /** The loss to climb: gives float32 (n) for logits (n, K), labels and targets (n). */
  @FunctionalInterface
  interface Loss {
    Tensor of(Tensor logits, Tensor labels, Tensor targets);
  }

  /** Makes the steps of a run whose state has its first loss. */
  @FunctionalInterface
  interface Steps {
    StepRule begin(double radius, int iterations, ApgdState state);
  }

  /** What becomes of an image that is misclassified on the way. */
  enum Fallen {
    /** It leaves the run: nothing that follows can change that it fell. */
    LEAVE,
    /** It goes on, because the best point matters. */
    GO_ON
  }

  // The run shrinks when an eighth has fallen: copying the rest for each single image costs more.
  private static final int LEAVING_SHARE = 8;

  private final Victim victim;
  private final Loss loss;
  private final int gradientSamples;
  private final Fallen fallen;
  private final ApgdState state;
  private final int images;
  private final Tensor broken;
  private final Tensor adversarial;

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param gradientSamples how many gradients of a randomised model are averaged, at least 1
   * @param batch the images, all of them classified correctly
   * @param targets int64 (B), the classes to reach or the labels
   * @param start float32 (B, C, H, W) in the box
   */
  ApgdRun(
      Victim victim,
      Loss loss,
      int gradientSamples,
      Fallen fallen,
      AttackBatch batch,
      Tensor targets,
      Tensor start) {
    this.victim = victim;
    this.loss = loss;
    this.gradientSamples = gradientSamples;
    this.fallen = fallen;
    Tensor labels = batch.labels();
    Tensor origins = torch.ones_like(labels).cumsum(0).sub_(new Scalar(1L));
    state = new ApgdState(batch.clean(), labels, targets, origins, start);
    broken = torch.zeros_like(labels);
    adversarial = batch.clean().clone();
    images = batch.count() / batch.variants();
  }

  /** Climbs the loss from the start for a number of iterations. */
  void run(Steps steps, double radius, int iterations) {
    try (PointerScope scope = new PointerScope()) {
      state.beginAt(look());
    }
    StepRule rule = steps.begin(radius, iterations, state);
    for (int i = 0; i < iterations; i++) {
      try (PointerScope scope = new PointerScope()) {
        if (!someStay()) {
          return;
        }
        Tensor next = rule.next(state, i);
        state.previous.put(state.point);
        state.point.put(next);
        state.arriveAt(look());
        rule.adapt(state);
      }
    }
  }

  /** Which images were misclassified somewhere, in the order of the batch. */
  boolean[] broken() {
    try (PointerScope scope = new PointerScope()) {
      return Rows.flags(broken.gt(new Scalar(0L)));
    }
  }

  /** The last misclassified iterate of each broken image, float32 (B, C, H, W). */
  Tensor adversarial() {
    return adversarial;
  }

  /** The points with the highest loss, float32 (B, C, H, W), if no image left. */
  Tensor best() {
    return state.best;
  }

  /** Classifies the current points, notes who fell, and gives loss and gradient. */
  private LossGradient look() {
    LossGradient found = differentiate();
    Tensor correct = found.logits().max(1).get1().eq(state.labels);
    Tensor fell = correct.logical_not().nonzero().squeeze(1);
    if (fell.numel() > 0) {
      Tensor rows = state.origins.index_select(0, fell);
      adversarial.index_copy_(0, rows, state.point.index_select(0, fell));
      broken.index_fill_(0, rows, new Scalar(1L));
    }
    return found;
  }

  private LossGradient differentiate() {
    LossGradient found = differentiateOnce();
    if (gradientSamples == 1) {
      return found;
    }
    Tensor sum = found.gradient();
    for (int i = 1; i < gradientSamples; i++) {
      found = differentiateOnce();
      sum = sum.add(found.gradient());
    }
    Tensor mean = sum.div(new Scalar((double) gradientSamples));
    return new LossGradient(found.logits(), found.losses(), mean);
  }

  private LossGradient differentiateOnce() {
    return victim.lossAndGradient(
        state.point, logits -> loss.of(logits, state.labels, state.targets));
  }

  /**
   * Lets the fallen leave, with all their variants, once they are many; whether there is anything
   * left to attack.
   */
  private boolean someStay() {
    if (fallen == Fallen.GO_ON) {
      return true;
    }
    Tensor fell = broken.view(-1, images).amax(new long[] {0}, false);
    Tensor stands =
        fell.index_select(0, state.origins.remainder(new Scalar((long) images))).eq(new Scalar(0L));
    Tensor index = stands.nonzero().squeeze(1);
    long leaving = state.count() - index.numel();
    if (index.numel() > 0 && leaving * LEAVING_SHARE >= state.count()) {
      state.keep(index);
    }
    return index.numel() > 0;
  }
}
