package io.robusttrain.data.transform;

import io.robusttrain.data.image.RgbImage;
import io.robusttrain.tensor.RandomStream;
import java.io.Serializable;

/** A random choice of image operations between the flip and the colour jitter. */
public interface AugmentationPolicy extends Serializable {

  /**
   * Changes one image; its samples may be reused.
   *
   * @return the changed image, of the same size
   */
  RgbImage apply(RgbImage image, RandomStream random);

  /**
   * Returns this policy with less effect.
   *
   * @param strength 1 for the whole effect, towards 0 for less
   */
  AugmentationPolicy atStrength(double strength);

  /** Leaves images as they are and draws nothing. */
  record None() implements AugmentationPolicy {
    @Override
    public RgbImage apply(RgbImage image, RandomStream random) {
      return image;
    }

    @Override
    public AugmentationPolicy atStrength(double strength) {
      return this;
    }
  }
}
