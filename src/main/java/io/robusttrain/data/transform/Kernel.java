package io.robusttrain.data.transform;

/**
 * Filter taps of one axis of a resize: Pillow's {@code precompute_coeffs} followed by {@code
 * normalize_coeffs_8bpc}.
 *
 * @param taps number of taps reserved for each output pixel
 * @param first first input pixel of each output pixel
 * @param count number of input pixels of each output pixel, at most {@code taps}
 * @param weights {@code taps} fixed-point weights (22 fractional bits) for each output pixel
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Kernel(int taps, int[] first, int[] count, int[] weights) {

  /** Fractional bits of a weight: 32 bits less 8 of the sample and 2 of headroom. */
  static final int PRECISION_BITS = 32 - 8 - 2;

  /**
   * Computes the taps of output pixels {@code from} (inclusive) to {@code to} (exclusive).
   *
   * @param inputSize pixels of the input along this axis
   * @param outputSize pixels that the input is resized to
   */
  static Kernel of(Interpolation filter, int inputSize, int outputSize, int from, int to) {
    double scale = (double) inputSize / outputSize;
    double filterScale = Math.max(scale, 1.0);
    double support = filter.support() * filterScale;
    double inverse = 1.0 / filterScale;
    int taps = (int) Math.ceil(support) * 2 + 1;
    int pixels = to - from;
    int[] first = new int[pixels];
    int[] count = new int[pixels];
    int[] weights = new int[pixels * taps];
    double[] exact = new double[taps];
    for (int p = 0; p < pixels; p++) {
      double center = (from + p + 0.5) * scale;
      int min = Math.max((int) (center - support + 0.5), 0);
      int size = Math.min((int) (center + support + 0.5), inputSize) - min;
      double sum = 0.0;
      for (int k = 0; k < size; k++) {
        exact[k] = filter.weight((k + min - center + 0.5) * inverse);
        sum += exact[k];
      }
      for (int k = 0; k < size; k++) {
        double w = sum == 0.0 ? exact[k] : exact[k] / sum;
        weights[p * taps + k] =
            (int) ((w < 0 ? -0.5 : 0.5) + w * (1 << PRECISION_BITS)); // rounds half away from zero
      }
      first[p] = min;
      count[p] = size;
    }
    return new Kernel(taps, first, count, weights);
  }
}
