package io.robusttrain.report.figure;

/**
 * Points that are joined to a line. Points that an axis cannot show are left out.
 *
 * @param name in the legend; empty: it has no line there
 * @param x values (n)
 * @param y values (n)
 * @param spread half the length of the bar through each point (n); empty: no bars
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Curve(String name, double[] x, double[] y, double[] spread) {
  public Curve {
    if (x.length != y.length || (spread.length > 0 && spread.length != x.length)) {
      throw new IllegalArgumentException(
          "a curve of %d, %d and %d values".formatted(x.length, y.length, spread.length));
    }
  }

  /** A curve without bars. */
  public static Curve of(String name, double[] x, double[] y) {
    return new Curve(name, x, y, new double[0]);
  }
}
