package io.robusttrain.attack.apgd;

import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;

/**
 * The difference of logits ratio (Croce and Hein, 2020): a margin that neither scaling nor shifting
 * the logits changes, so that a confident model does not hide its gradient. Above 0 where the image
 * is misclassified. Results belong to the caller's {@code PointerScope}. Thread-safe.
 */
public final class LogitsRatio {
  /** The classes that the untargeted loss needs. */
  static final int LEAST_CLASSES = 3;

  /** The classes that the targeted loss needs. */
  static final int LEAST_CLASSES_TARGETED = 4;

  private static final double TINY = 1e-12;

  private LogitsRatio() {}

  /**
   * {@code -(z[y] - largest other z) / (z(1) - z(3) + 1e-12)}, z(i) the i-th largest logit.
   *
   * @param logits float32 (B, K), K at least 3
   * @param labels int64 (B)
   * @return float32 (B)
   */
  public static Tensor untargeted(Tensor logits, Tensor labels) {
    requireClasses("the DLR loss", logits, LEAST_CLASSES);
    return Tensors.scoped(
        () -> {
          T_TensorTensor_T top = logits.topk(3);
          Tensor largest = top.get0();
          Tensor labelOnTop = top.get1().select(1, 0).eq(labels);
          Tensor other = largest.select(1, 1).where(labelOnTop, largest.select(1, 0));
          Tensor spread = largest.select(1, 0).sub(largest.select(1, 2)).add(new Scalar(TINY));
          return at(logits, labels).sub(other).neg().div(spread);
        });
  }

  /**
   * {@code -(z[y] - z[target]) / (z(1) - (z(3) + z(4)) / 2 + 1e-12)}.
   *
   * @param logits float32 (B, K), K at least 4
   * @param labels int64 (B)
   * @param targets int64 (B)
   * @return float32 (B)
   */
  public static Tensor targeted(Tensor logits, Tensor labels, Tensor targets) {
    requireClasses("the targeted DLR loss", logits, LEAST_CLASSES_TARGETED);
    return Tensors.scoped(
        () -> {
          Tensor largest = logits.topk(4).get0();
          Tensor middle = largest.select(1, 2).add(largest.select(1, 3)).mul(new Scalar(0.5));
          Tensor spread = largest.select(1, 0).sub(middle).add(new Scalar(TINY));
          return at(logits, labels).sub(at(logits, targets)).neg().div(spread);
        });
  }

  private static Tensor at(Tensor logits, Tensor classes) {
    return logits.gather(1, classes.unsqueeze(1)).squeeze(1);
  }

  private static void requireClasses(String loss, Tensor logits, int least) {
    if (logits.size(1) < least) {
      throw new IllegalArgumentException(
          "%s needs at least %d classes, the model has %d: use apgd-ce"
              .formatted(loss, least, logits.size(1)));
    }
  }
}
