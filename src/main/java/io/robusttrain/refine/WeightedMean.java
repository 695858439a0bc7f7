package io.robusttrain.refine;

/**
 * The weighted mean of float32 vectors of one length: summed in float64, divided by the sum of the
 * weights once, and rounded to float32 once. Not thread-safe.
 */
final class WeightedMean {
  private final double[] sums;
  private double total;

  /** A mean of nothing yet. */
  WeightedMean(int length) {
    sums = new double[length];
  }

  /**
   * Adds a vector.
   *
   * @param weight above 0; only its share of all weights counts
   */
  void add(float[] values, double weight) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weight * values[i];
    }
    total += weight;
  }

  /** The mean of what was added. */
  float[] mean() {
    float[] mean = new float[sums.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sums[i] / total);
    }
    return mean;
  }
}
