package io.robusttrain.data.transform;

import io.robusttrain.tensor.RandomStream;
import java.io.Serializable;
import java.util.List;

/** What random erasing writes. Values are 8-bit samples of an image in [0, 1]. */
public sealed interface ErasingNoise extends Serializable {

  /** The colour of a rectangle without noise. */
  byte constant(int channel);

  /** Draws the value of a pixel, or of a whole rectangle. */
  byte draw(int channel, RandomStream random);

  /**
   * The version for images that are never normalised: a normal distribution with mean 1/2 and
   * standard deviation 1/4, truncated to [0, 1]; black without noise.
   */
  record UnitInterval() implements ErasingNoise {
    @Override
    public byte constant(int channel) {
      return 0;
    }

    @Override
    public byte draw(int channel, RandomStream random) {
      double value = -1;
      while (!(value >= 0 && value <= 1)) {
        value = 0.5 + 0.25 * random.nextGaussian();
      }
      return (byte) Math.rint(255 * value);
    }
  }

  /**
   * timm's version, which erases normalised images with standard normal noise: seen as pixels, mean
   * + std * normal, limited to [0, 1]; the mean without noise.
   *
   * @param mean of red, green and blue, in [0, 1]
   * @param std of red, green and blue, above 0
   */
  record Normalized(List<Double> mean, List<Double> std) implements ErasingNoise {
    public Normalized {
      mean = List.copyOf(mean);
      std = List.copyOf(std);
      if (mean.size() != 3 || std.size() != 3) {
        throw new IllegalArgumentException(
            "mean and std need three values, got %s and %s".formatted(mean, std));
      }
    }

    @Override
    public byte constant(int channel) {
      return level(mean.get(channel));
    }

    @Override
    public byte draw(int channel, RandomStream random) {
      return level(mean.get(channel) + std.get(channel) * random.nextGaussian());
    }

    private static byte level(double value) {
      return (byte) Math.rint(255 * Math.max(0, Math.min(value, 1)));
    }
  }
}
