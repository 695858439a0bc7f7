package io.robusttrain.refine;

/**
 * Count, mean and sum of squared deviations of the values of each of M channels, in float64, put
 * together of parts as Chan, Golub and LeVeque (1983) do: no large squares are subtracted. Not
 * thread-safe.
 */
final class ChannelMoments {
  private final double[] counts;
  private final double[] means;
  private final double[] squares;

  /** Moments of nothing yet. */
  ChannelMoments(int channels) {
    counts = new double[channels];
    means = new double[channels];
    squares = new double[channels];
  }

  /**
   * Adds the values of a part.
   *
   * @param part counts, means and sums of squared deviations, of M channels each
   */
  void add(double[][] part) {
    for (int i = 0; i < counts.length; i++) {
      double count = part[0][i];
      double all = counts[i] + count;
      double further = part[1][i] - means[i];
      means[i] += further * count / all;
      squares[i] += part[2][i] + further * further * counts[i] * count / all;
      counts[i] = all;
    }
  }

  int channels() {
    return counts.length;
  }

  double mean(int channel) {
    return means[channel];
  }

  /** The standard deviation of all values, not of a sample of them. */
  double std(int channel) {
    return Math.sqrt(squares[channel] / counts[channel]);
  }
}
