package io.robusttrain.attack.fab;

import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Passes on to a boundary and notes the images for which, at some point, a gradient value lay
 * within rounding of 0: FAB in Linf moves a pixel by its sign.
 */
final class TiedBoundary implements Boundary {
  private final Boundary boundary;
  private final double margin;
  private final boolean[] tied;

  /**
   * Wraps a boundary.
   *
   * @param margin what rounding may change, as a share of an image's largest gradient value
   */
  TiedBoundary(Boundary boundary, double margin, int images) {
    this.boundary = boundary;
    this.margin = margin;
    this.tied = new boolean[images];
  }

  @Override
  public Linearization at(Tensor pixels) {
    Linearization found = boundary.at(pixels);
    try (PointerScope scope = new PointerScope()) {
      Tensor size = found.gradient().abs();
      Tensor least = size.amax(new long[] {1}, true).mul(new Scalar(margin));
      float[] counts = Tensors.toArray(size.le(least).sum(1));
      for (int image = 0; image < counts.length; image++) {
        tied[image] |= counts[image] > 0;
      }
    }
    return found;
  }

  /** Which images met a tie, a copy. */
  boolean[] tied() {
    return Arrays.copyOf(tied, tied.length);
  }
}
