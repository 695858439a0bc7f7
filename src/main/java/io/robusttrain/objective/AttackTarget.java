package io.robusttrain.objective;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Which class a targeted attack drives images to (Kurakin et al., Adversarial Machine Learning at
 * Scale, 2017).
 */
public enum AttackTarget {
  /** No class: away from the label. */
  NONE,
  /** A random one of the other classes. */
  RANDOM,
  /** A random one of all classes, the label among them, as the reference's code draws it. */
  RANDOM_OR_LABEL,
  /** The class other than the label that the model holds least likely for the clean image. */
  LEAST_LIKELY;

  /**
   * Random target classes, the same for equal keys.
   *
   * @param labels int64 (B)
   * @param classes K, at least 2
   * @return int64 (B) in the caller's {@code PointerScope}
   */
  Tensor draw(SeedKey key, Tensor labels, long classes) {
    return Tensors.scoped(
        () -> {
          boolean excludesLabel = this == RANDOM;
          long choices = excludesLabel ? classes - 1 : classes;
          Tensor unit = Tensors.uniform(key, 0, 1, ComputeDevice.of(labels), labels.size(0));
          // The product may round up to the number of choices itself.
          Tensor drawn =
              unit.mul_(new Scalar((double) choices))
                  .to(torch.ScalarType.Long)
                  .clamp_max_(new Scalar(choices - 1));
          return excludesLabel
              ? drawn.add_(labels).add_(new Scalar(1L)).remainder(new Scalar(classes))
              : drawn;
        });
  }

  /**
   * The least likely classes.
   *
   * @param logits float32 (B, K) of the clean images
   * @param labels int64 (B)
   * @return int64 (B) in the caller's {@code PointerScope}
   */
  static Tensor leastLikely(Tensor logits, Tensor labels) {
    return Tensors.unrecorded(
        () -> {
          Scalar never = new Scalar(Double.POSITIVE_INFINITY);
          return logits.scatter(1, labels.unsqueeze(1), never).argmin(new LongOptional(1), false);
        });
  }
}
