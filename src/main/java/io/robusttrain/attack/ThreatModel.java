package io.robusttrain.attack;

import com.google.errorprone.annotations.Immutable;
import java.io.Serializable;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * What an adversary may do: move an image by at most epsilon in a norm, inside the box [0,1] of all
 * images.
 *
 * @param norm how the distance is measured
 * @param epsilon the largest distance, in units of pixels in [0,1]: 4/255 and not 4
 */
@Immutable
public record ThreatModel(Norm norm, double epsilon) implements Serializable {
  /** How the distance between two images is measured. */
  public enum Norm {
    /** The largest change of any value. */
    LINF
  }

  /** Checks the radius. */
  public ThreatModel {
    requireRadius("epsilon", epsilon, 1);
  }

  /** All images within epsilon of the clean one in every value. */
  public static ThreatModel linf(double epsilon) {
    return new ThreatModel(Norm.LINF, epsilon);
  }

  /**
   * The nearest allowed point: first into the ball around the clean image, then into [0,1]. In this
   * order the result is in both, because the clean image is in the box.
   *
   * @param candidate float32 (B, C, H, W)
   * @param clean float32 (B, C, H, W) in [0,1]
   * @param radius the radius of this epoch, 0 ... epsilon
   * @return float32 (B, C, H, W), new, in the caller's {@code PointerScope}
   */
  public Tensor project(Tensor candidate, Tensor clean, double radius) {
    requireRadius("radius", radius, epsilon);
    Tensor result = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      Tensor delta = candidate.sub(clean);
      switch (norm) {
        case LINF -> clamp(delta, -radius, radius);
      }
      Tensor moved = delta.add_(clean);
      clamp(moved, 0, 1);
      result.put(moved);
    }
    return result;
  }

  private static void clamp(Tensor tensor, double low, double high) {
    tensor.clamp_(new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high)));
  }

  private static void requireRadius(String what, double radius, double largest) {
    if (!(radius >= 0 && radius <= largest)) {
      throw new IllegalArgumentException(
          "%s must lie in [0, %s], pixels being in [0,1]: %s".formatted(what, largest, radius));
    }
  }
}
