package io.robusttrain.train.guard;

/** The accuracy of a model that guesses. */
public final class Chance {
  private static final double STANDARD_ERRORS = 2;

  private Chance() {}

  /**
   * The highest accuracy that cannot be told from guessing: 1/K and two standard errors of it.
   *
   * @param classes K, at least 1
   * @param samples that were classified, at least 1
   */
  public static double highestAccuracy(int classes, long samples) {
    double p = 1.0 / classes;
    return p + STANDARD_ERRORS * Math.sqrt(p * (1 - p) / samples);
  }
}
