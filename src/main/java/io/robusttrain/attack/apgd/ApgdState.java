package io.robusttrain.attack.apgd;

import io.robusttrain.attack.LossGradient;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Where the images of one APGD run are: one row for each image in every tensor, so that images can
 * leave the run together with all that belongs to them. Tensors are replaced, never changed in
 * place, for several names may share one. Lives in the scope that creates it. Not thread-safe.
 */
final class ApgdState {
  private final List<Tensor> all = new ArrayList<>();

  /** The images to stay near, float32 (n, C, H, W). */
  final Tensor clean;

  /** int64 (n). */
  final Tensor labels;

  /** The classes to reach, int64 (n); the labels in an untargeted run. */
  final Tensor targets;

  /** The row in the batch that the run began with, int64 (n). */
  final Tensor origins;

  /** Where the ascent is, float32 (n, C, H, W). */
  final Tensor point;

  /** Where the last step began. */
  final Tensor previous;

  /** The gradient at {@link #point}. */
  final Tensor gradient;

  /** The loss at {@link #point} as the last step left it, float32 (n). */
  final Tensor loss;

  /** Where the loss was highest. */
  final Tensor best;

  /** The gradient at {@link #best}. */
  final Tensor bestGradient;

  /** The loss at {@link #best}. */
  final Tensor bestLoss;

  ApgdState(Tensor clean, Tensor labels, Tensor targets, Tensor origins, Tensor start) {
    this.clean = row(clean);
    this.labels = row(labels);
    this.targets = row(targets);
    this.origins = row(origins);
    this.point = row(start);
    this.previous = row(start);
    this.gradient = row(start);
    this.loss = row(start);
    this.best = row(start);
    this.bestGradient = row(start);
    this.bestLoss = row(start);
  }

  int count() {
    return Math.toIntExact(clean.size(0));
  }

  /** A handle whose rows follow the run's images from now on. */
  Tensor row(Tensor initial) {
    Tensor handle = new Tensor(initial);
    all.add(handle);
    return handle;
  }

  /** Takes the first point as the best one. */
  void beginAt(LossGradient found) {
    take(found);
    bestGradient.put(gradient);
    bestLoss.put(loss);
  }

  /** Takes what the forward pass at a new point told. */
  void arriveAt(LossGradient found) {
    take(found);
    try (PointerScope scope = new PointerScope()) {
      Tensor improved = loss.gt(bestLoss);
      Tensor pixels = images(improved);
      best.put(point.where(pixels, best));
      bestGradient.put(gradient.where(pixels, bestGradient));
      bestLoss.put(loss.where(improved, bestLoss));
    }
  }

  private void take(LossGradient found) {
    loss.put(found.losses());
    gradient.put(found.gradient());
  }

  /** Continues from the best point where the mask says so; bool (n). */
  void returnToBest(Tensor mask) {
    Tensor pixels = images(mask);
    point.put(best.where(pixels, point));
    gradient.put(bestGradient.where(pixels, gradient));
  }

  /** Keeps some rows and drops the others. */
  void keep(Tensor index) {
    for (Tensor handle : all) {
      handle.put(handle.index_select(0, index));
    }
  }

  /** A value of each image as one that broadcasts over its pixels. */
  static Tensor images(Tensor perImage) {
    return perImage.view(-1, 1, 1, 1);
  }
}
