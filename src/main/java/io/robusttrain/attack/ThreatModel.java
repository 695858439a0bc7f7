package io.robusttrain.attack;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.tensor.Tensors;
import java.io.Serializable;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * What an adversary may do: move an image by at most epsilon in a norm, inside the box [0,1] of all
 * images.
 *
 * @param norm how the distance is measured
 * @param epsilon the largest distance, pixels being in [0,1]: 4/255 and not 4. At most 1 in Linf;
 *     any finite epsilon in L2 and L1, whose distances grow with the image
 */
@Immutable
public record ThreatModel(Norm norm, double epsilon) implements Serializable {
  /** How the distance between two images is measured. */
  public enum Norm {
    /** The largest change of any value. */
    LINF,
    /** The root of the sum of squared changes. */
    L2,
    /** The sum of absolute changes. */
    L1;

    /** The size of each image's change (B, C, H, W) in this norm: float32 (B). */
    public Tensor lengths(Tensor changes) {
      Tensor delta = changes.flatten(1, -1);
      return switch (this) {
        case LINF -> delta.abs().amax(new long[] {1}, false);
        case L2 -> delta.square().sum(1).sqrt();
        case L1 -> delta.abs().sum(1);
      };
    }
  }

  public ThreatModel {
    requireDistance("epsilon", epsilon, norm == Norm.LINF ? 1 : Double.MAX_VALUE);
  }

  /** All images within epsilon of the clean one in every value. */
  public static ThreatModel linf(double epsilon) {
    return new ThreatModel(Norm.LINF, epsilon);
  }

  /** All images within a Euclidean distance of epsilon. */
  public static ThreatModel l2(double epsilon) {
    return new ThreatModel(Norm.L2, epsilon);
  }

  /** All images whose absolute changes sum up to at most epsilon. */
  public static ThreatModel l1(double epsilon) {
    return new ThreatModel(Norm.L1, epsilon);
  }

  /** Epsilon as written in files: {@code 4/255} if that is the very same number, or a decimal. */
  public static String text(double epsilon) {
    long numerator = Math.round(epsilon * 255);
    return numerator > 0 && numerator < 255 && numerator / 255.0 == epsilon
        ? numerator + "/255"
        : Double.toString(epsilon).replace(".0E", "e").replace('E', 'e');
  }

  /**
   * An allowed point near a candidate. Linf and L1: the nearest one of ball and box together. L2:
   * first scaled into the ball around the clean image, then clamped to [0,1]; in this order the
   * result is in both, because the clean image is in the box.
   *
   * @param candidate float32 (B, C, H, W)
   * @param clean float32 (B, C, H, W) in [0,1]
   * @param radius today's radius, 0 ... epsilon
   * @return float32 (B, C, H, W), new, in the caller's {@code PointerScope}
   */
  public Tensor project(Tensor candidate, Tensor clean, double radius) {
    requireDistance("radius", radius, epsilon);
    return Tensors.scoped(
        () -> {
          Tensor delta = candidate.sub(clean);
          Tensor within =
              switch (norm) {
                case LINF -> Tensors.clamp(delta, -radius, radius);
                case L2 -> delta.renorm(new Scalar(2.0), 0, new Scalar(radius));
                case L1 -> L1Projection.project(delta, clean, radius);
              };
          return Tensors.clamp(within.add_(clean), 0, 1);
        });
  }

  /**
   * The size of each image's change in this norm.
   *
   * @param perturbed float32 (B, C, H, W)
   * @param clean float32 (B, C, H, W)
   * @return float32 (B), in the caller's {@code PointerScope}
   */
  public Tensor distances(Tensor perturbed, Tensor clean) {
    return Tensors.scoped(() -> norm.lengths(perturbed.sub(clean)));
  }

  private static void requireDistance(String what, double distance, double largest) {
    if (!(distance >= 0 && distance <= largest)) {
      throw new IllegalArgumentException(
          "%s must lie in [0, %s], pixels being in [0,1]: %s".formatted(what, largest, distance));
    }
  }
}
