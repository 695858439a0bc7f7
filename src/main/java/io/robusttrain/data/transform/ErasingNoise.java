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

  /** Whether a level is about as near to one whole number as to another. */
  private static boolean atRounding(double level) {
    return Math.abs(level - Math.floor(level) - 0.5) < UnitInterval.MARGIN;
  }

  /**
   * The version for images that are never normalised: a normal distribution with mean 1/2 and
   * standard deviation 1/4, truncated to [0, 1]; black without noise.
   */
  record UnitInterval() implements ErasingNoise {
    /** Far more than what separates the two ways of drawing normal numbers. */
    private static final double MARGIN = 1e-6;

    @Override
    public byte constant(int channel) {
      return 0;
    }

    @Override
    public byte draw(int channel, RandomStream random) {
      double value = -1;
      while (!(value >= 0 && value <= 1)) {
        value = 0.5 + 0.25 * random.nextGaussian(UnitInterval::matters);
      }
      return (byte) Math.rint(255 * value);
    }

    /** Whether a normal draw lies where values are rounded to one level or to another, or cut. */
    private static boolean matters(double normal) {
      double level = 255 * (0.5 + 0.25 * normal);
      return atRounding(level) || Math.abs(level) < MARGIN || Math.abs(level - 255) < MARGIN;
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
      double middle = mean.get(channel);
      double width = std.get(channel);
      return level(
          middle + width * random.nextGaussian(n -> atRounding(255 * (middle + width * n))));
    }

    private static byte level(double value) {
      return (byte) Math.rint(255 * Math.max(0, Math.min(value, 1)));
    }
  }
}
