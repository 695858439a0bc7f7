package io.robusttrain.report;

import java.util.Locale;

/**
 * How a radius is shown: in 255ths where it is of the size of Linf radii, a larger one as it is.
 */
public final class RadiusText {
  private static final double LARGEST_SHARE = 0.25;
  private static final int LEVELS = 255;

  private RadiusText() {}

  /**
   * A radius as text.
   *
   * @param radius pixels being in [0,1]
   */
  public static String of(double radius) {
    return inLevels(radius)
        ? String.format(Locale.ROOT, "%.2f/255", radius * LEVELS)
        : String.format(Locale.ROOT, "%.4f", radius);
  }

  /** Whether a radius is shown in 255ths. */
  public static boolean inLevels(double radius) {
    return radius < LARGEST_SHARE;
  }
}
