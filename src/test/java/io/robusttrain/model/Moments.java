package io.robusttrain.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** What tests of initial distributions look at. */
public final class Moments {
  private Moments() {}

  static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  public static double deviation(float[] values) {
    double mean = mean(values);
    double sum = 0;
    for (float value : values) {
      sum += (value - mean) * (value - mean);
    }
    return Math.sqrt(sum / values.length);
  }

  public static double maximum(float[] values) {
    double maximum = 0;
    for (float value : values) {
      maximum = Math.max(maximum, Math.abs(value));
    }
    return maximum;
  }

  /** Within four standard errors of mean 0 and the deviation. */
  public static void assertMoments(float[] values, double deviation) {
    assertThat(mean(values)).isCloseTo(0, within(4 * deviation / Math.sqrt(values.length)));
    assertThat(deviation(values))
        .isCloseTo(deviation, within(4 * deviation / Math.sqrt(2.0 * values.length)));
  }

  /** Uniform within 1 / sqrt(fan in), up to the bound. */
  public static void assertUniform(float[] values, int fanIn) {
    double bound = 1 / Math.sqrt(fanIn);
    // A uniform distribution's fourth moment is smaller than a normal's: the limits are wider.
    assertMoments(values, bound / Math.sqrt(3));
    assertThat(maximum(values)).isLessThanOrEqualTo(bound).isGreaterThan(0.9 * bound);
  }
}
