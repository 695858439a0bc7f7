package io.robusttrain.data.transform;

import io.robusttrain.tensor.RandomStream;
import java.io.Serializable;
import java.util.Objects;

/**
 * Random erasing (Zhong et al., 2020) as timm does it, the last change of a sample: rectangles
 * whose area is uniform on 1/50 to 1/3 of the image (divided by their number) and whose aspect
 * ratio is log-uniform on 0.3 to 1/0.3; a rectangle that does not fit after ten draws is left out.
 *
 * <p>Works on 8-bit samples: what would be a float in [0, 1] is rounded to the nearest of 255
 * steps, so it differs from that float by 1/510 at most. Immutable and thread-safe.
 *
 * @param probability probability that an image is erased at all
 * @param mode what one draw of noise fills
 * @param count largest number of rectangles, at least 1; the number is uniform on 1 to this
 * @param noise what is drawn
 */
public record RandomErasing(double probability, Mode mode, int count, ErasingNoise noise)
    implements Serializable {

  /** Erases nothing and draws nothing. */
  public static final RandomErasing NONE =
      new RandomErasing(0, Mode.CONST, 1, new ErasingNoise.UnitInterval());

  private static final int TRIES = 10;
  private static final double SMALLEST = 0.02;
  private static final double LARGEST = 1.0 / 3.0;
  private static final double LOG_RATIO = Math.log(1 / 0.3);

  /** What one draw of noise fills. */
  public enum Mode {
    /** No noise: one colour for all. */
    CONST,
    /** One draw for each channel of a rectangle. */
    RAND,
    /** One draw for each channel of each pixel. */
    PIXEL
  }

  public RandomErasing {
    Objects.requireNonNull(mode, "mode");
    Objects.requireNonNull(noise, "noise");
    if (!(probability >= 0 && probability <= 1) || count < 1) {
      throw new IllegalArgumentException(
          "random erasing needs a probability and a count of at least 1, got %s and %d"
              .formatted(probability, count));
    }
  }

  /** Returns this erasing with its probability multiplied by {@code strength}. */
  RandomErasing atStrength(double strength) {
    return new RandomErasing(probability * strength, mode, count, noise);
  }

  /** Erases in {@code 3 * size * size} planar samples from {@code offset} on. */
  void apply(byte[] samples, int offset, int size, RandomStream random) {
    if (probability == 0 || random.nextDouble() >= probability) {
      return;
    }
    int rectangles = count == 1 ? 1 : 1 + random.nextInt(count);
    for (int i = 0; i < rectangles; i++) {
      for (int attempt = 0; attempt < TRIES; attempt++) {
        double area = random.nextDouble(SMALLEST, LARGEST) * size * size / rectangles;
        double ratio = Math.exp(random.nextDouble(-LOG_RATIO, LOG_RATIO));
        int height = (int) Math.rint(Math.sqrt(area * ratio));
        int width = (int) Math.rint(Math.sqrt(area / ratio));
        if (width < size && height < size) {
          int top = random.nextInt(size - height + 1);
          int left = random.nextInt(size - width + 1);
          fill(samples, offset + top * size + left, size, width, height, random);
          break;
        }
      }
    }
  }

  private void fill(
      byte[] samples, int corner, int size, int width, int height, RandomStream random) {
    for (int channel = 0; channel < 3; channel++) {
      byte colour = mode == Mode.RAND ? noise.draw(channel, random) : noise.constant(channel);
      int first = corner + channel * size * size;
      for (int row = first; row < first + height * size; row += size) {
        for (int i = row; i < row + width; i++) {
          samples[i] = mode == Mode.PIXEL ? noise.draw(channel, random) : colour;
        }
      }
    }
  }
}
