package io.robusttrain.data.transform;

import io.robusttrain.data.image.RgbImage;
import io.robusttrain.tensor.RandomStream;

/**
 * 3-Augment of DeiT III (Touvron et al., 2022) as timm's {@code 3a}: one of solarize at 128, grey,
 * and Gaussian blur with a standard deviation uniform on 0.1 to 2 pixels. Immutable and
 * thread-safe.
 *
 * @param probability probability that an image is changed at all; 1 in the paper
 */
public record ThreeAugment(double probability) implements AugmentationPolicy {

  public ThreeAugment {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("probability must be in [0, 1], got " + probability);
    }
  }

  @Override
  public RgbImage apply(RgbImage image, RandomStream random) {
    int choice = random.nextInt(3);
    if (random.nextDouble() < probability) {
      switch (choice) {
        case 0 -> ToneCurves.solarize(image, 128);
        case 1 -> ColorOps.SATURATION.apply(image, 0);
        default -> GaussianBlur.apply(image, random.nextDouble(0.1, 2.0));
      }
    }
    return image;
  }

  @Override
  public ThreeAugment atStrength(double strength) {
    return new ThreeAugment(probability * strength);
  }
}
