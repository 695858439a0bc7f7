package io.robusttrain.objective;

import io.robusttrain.attack.Pixels;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Checks and counts over one batch. */
final class Batches {
  private Batches() {}

  /** Throws unless there is one label for each image. */
  static void requireLabels(Pixels pixels, Tensor labels) {
    if (labels.dim() != 1 || labels.size(0) != pixels.count()) {
      throw new IllegalArgumentException(
          "labels must be a vector with one class for each image: %d images, %d labels in %d dimensions"
              .formatted(pixels.count(), labels.numel(), labels.dim()));
    }
  }

  /**
   * The samples whose label is among the k largest logits. A tie counts against the label, and so
   * does a NaN: a constant or broken model scores nothing by chance of order.
   *
   * @param logits float32 (B, K)
   * @param labels int64 (B)
   */
  static int correct(Tensor logits, Tensor labels, int k) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard forwardOnly = new NoGradGuard()) {
      long smallerNeeded = Math.max(0, logits.size(1) - k);
      Tensor own = logits.gather(1, labels.unsqueeze(1));
      Tensor smaller = logits.lt(own).sum(1);
      return Math.toIntExact(smaller.ge(new Scalar(smallerNeeded)).sum().item_long());
    }
  }
}
