package io.robusttrain.data.transform;

import io.robusttrain.data.image.RgbImage;
import io.robusttrain.tensor.RandomStream;
import java.io.Serializable;

/**
 * torchvision's {@code ColorJitter} without hue: each factor is uniform on [max(0, 1 - v), 1 + v],
 * the three operations come in random order. A strength of 0 leaves an operation out.
 *
 * @param brightness strength v of brightness, at least 0
 * @param contrast strength v of contrast, at least 0
 * @param saturation strength v of saturation, at least 0
 */
public record ColorJitter(double brightness, double contrast, double saturation)
    implements Serializable {

  /** No change of colour. */
  public static final ColorJitter NONE = new ColorJitter(0, 0, 0);

  public ColorJitter {
    if (!(brightness >= 0 && contrast >= 0 && saturation >= 0)) {
      throw new IllegalArgumentException(
          "color jitter strengths must be at least 0, got %s, %s, %s"
              .formatted(brightness, contrast, saturation));
    }
  }

  /** Returns a jitter with one strength for brightness, contrast and saturation. */
  public static ColorJitter of(double strength) {
    return new ColorJitter(strength, strength, strength);
  }

  /** Changes the samples of {@code image} in place. Always draws the same count of numbers. */
  void apply(RgbImage image, RandomStream random) {
    int[] order = {0, 1, 2};
    random.shuffle(order);
    double[] strengths = {brightness, contrast, saturation};
    double[] factors = new double[3];
    for (int i = 0; i < 3; i++) {
      factors[i] = random.nextDouble(Math.max(0, 1 - strengths[i]), 1 + strengths[i]);
    }
    ColorOps[] operations = {ColorOps.BRIGHTNESS, ColorOps.CONTRAST, ColorOps.SATURATION};
    for (int i : order) {
      if (strengths[i] > 0) {
        operations[i].apply(image, factors[i]);
      }
    }
  }
}
