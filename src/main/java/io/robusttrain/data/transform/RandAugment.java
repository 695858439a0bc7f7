package io.robusttrain.data.transform;

import io.robusttrain.data.image.RgbImage;
import io.robusttrain.tensor.RandomStream;
import java.util.Objects;

/**
 * RandAugment (Cubuk et al., 2020) as timm does it: {@code layers} operations drawn with
 * replacement from 15, each applied with {@code probability} at a magnitude drawn from a normal
 * distribution. Immutable and thread-safe.
 *
 * @param layers operations drawn for an image, at least 1
 * @param probability probability that a drawn operation is applied
 * @param magnitude mean of the magnitude, at least 0
 * @param deviation standard deviation of the magnitude; infinite: uniform on 0 to {@code magnitude}
 * @param maximum magnitudes are limited to 0 to this
 * @param severity how magnitudes become arguments
 * @param filling of the operations that move pixels
 */
public record RandAugment(
    int layers,
    double probability,
    double magnitude,
    double deviation,
    double maximum,
    Severity severity,
    Filling filling)
    implements AugmentationPolicy {
  private static final AugmentationOperation[] OPERATIONS = AugmentationOperation.values();

  public RandAugment {
    Objects.requireNonNull(severity, "severity");
    Objects.requireNonNull(filling, "filling");
    if (layers < 1
        || !(probability >= 0 && probability <= 1)
        || !(magnitude >= 0 && deviation >= 0 && maximum > 0)) {
      throw new IllegalArgumentException(
          "RandAugment needs layers of at least 1, a probability, and magnitudes of at least 0, got"
              + " n %d, p %s, m %s, mstd %s, mmax %s"
                  .formatted(layers, probability, magnitude, deviation, maximum));
    }
  }

  @Override
  public RgbImage apply(RgbImage image, RandomStream random) {
    RgbImage changed = image;
    for (int i = 0; i < layers; i++) {
      AugmentationOperation operation = OPERATIONS[random.nextInt(OPERATIONS.length)];
      if (random.nextDouble() < probability) {
        double argument = operation.argument(drawMagnitude(random), severity, random);
        changed = operation.apply(changed, argument, filling, random);
      }
    }
    return changed;
  }

  /** Magnitude of one applied operation. */
  double drawMagnitude(RandomStream random) {
    double drawn = magnitude;
    if (Double.isInfinite(deviation)) {
      drawn = random.nextDouble(0, magnitude);
    } else if (deviation > 0) {
      drawn += deviation * random.nextGaussian();
    }
    return Math.max(0, Math.min(drawn, maximum));
  }

  /** The magnitude's mean is multiplied; everything else stays. */
  @Override
  public RandAugment atStrength(double strength) {
    return new RandAugment(
        layers, probability, magnitude * strength, deviation, maximum, severity, filling);
  }
}
