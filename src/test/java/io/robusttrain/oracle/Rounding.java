package io.robusttrain.oracle;

/**
 * How far two float32 computations of one value may lie apart. Each rounding changes its result by
 * at most {@code u = 2^-24} of it, so that k roundings of values no larger than m move the end by
 * at most {@code k u m}; a sum of n terms in any order counts as n roundings of the sum of their
 * sizes (Higham, "Accuracy and Stability of Numerical Algorithms", 3.1 and 4.2). Ours and the
 * recorded value are wrong once each.
 */
public final class Rounding {
  /** float32's unit roundoff: the largest relative error of one rounding. */
  public static final double UNIT = 0x1p-24;

  private Rounding() {}

  /**
   * The bound for a value that both sides computed.
   *
   * @param roundings on the way, of either side
   * @param largest the largest size of what is rounded
   */
  public static float apart(int roundings, double largest) {
    return (float) (2 * roundings * UNIT * largest);
  }
}
