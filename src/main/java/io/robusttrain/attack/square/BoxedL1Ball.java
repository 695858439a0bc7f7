package io.robusttrain.attack.square;

/**
 * The projection of one image's change onto an L1 ball cut with the box, on arrays: {@code
 * clamp(|change| - t, 0, limit)} with the smallest t at least 0 that fits the radius. Where {@link
 * L1Projection} sorts a batch, this finds t by Newton's method within a bracket. Stateless.
 */
final class BoxedL1Ball {
  private static final int MOST_ROUNDS = 200;
  private static final double TOLERANCE = 1e-9;

  private BoxedL1Ball() {}

  /**
   * Projects in place.
   *
   * @param change the candidate minus the clean image
   * @param clean in [0,1]
   * @param radius at least 0
   */
  static void project(float[] change, float[] clean, double radius) {
    double threshold = threshold(change, clean, radius);
    for (int i = 0; i < change.length; i++) {
      change[i] = (float) Math.copySign(kept(change[i], clean[i], threshold), change[i]);
    }
  }

  private static double threshold(float[] change, float[] clean, double radius) {
    double low = 0;
    double high = 0;
    for (float value : change) {
      high = Math.max(high, Math.abs(value));
    }
    double threshold = 0;
    for (int round = 0; round < MOST_ROUNDS; round++) {
      double sum = 0;
      int shrinking = 0;
      for (int i = 0; i < change.length; i++) {
        double kept = kept(change[i], clean[i], threshold);
        sum += kept;
        // Only what is neither gone nor held by the box gets smaller as the threshold rises.
        if (kept > 0 && kept == Math.abs(change[i]) - threshold) {
          shrinking++;
        }
      }
      double excess = sum - radius;
      if (excess <= 0 && (threshold == 0 || excess >= -TOLERANCE * radius)) {
        return threshold;
      }
      if (excess > 0) {
        low = threshold;
      } else {
        high = threshold;
      }
      double next = threshold + excess / shrinking;
      threshold = next > low && next < high ? next : (low + high) / 2;
    }
    return high;
  }

  private static double kept(float change, float clean, double threshold) {
    double limit = change > 0 ? 1.0 - clean : clean;
    return Math.min(Math.max(Math.abs(change) - threshold, 0), limit);
  }
}
