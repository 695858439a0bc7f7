package io.robusttrain.attack.square;

import io.robusttrain.attack.ThreatModel.Norm;

/**
 * The change that Square's L2 and L1 versions add to a square: two hills of opposite sign beside
 * each other (Andriushchenko et al., 2020, section 3.3). A hill is a sum of centred rectangles that
 * grow by a pixel to each side while their height falls as {@code 1 / n^p}. Length 1 in its norm.
 */
final class SquarePattern {
  private final int side;
  private final float[] upright;

  /**
   * @param norm L2 or L1
   * @param side in pixels, at least 2
   */
  SquarePattern(Norm norm, int side) {
    this.side = side;
    int upper = side / 2;
    float[] first = hill(norm, upper, side);
    float[] second = hill(norm, side - upper, side);
    upright = new float[side * side];
    System.arraycopy(first, 0, upright, 0, first.length);
    for (int i = 0; i < second.length; i++) {
      upright[first.length + i] = -second[i];
    }
    scaleToOne(norm, upright);
  }

  /** The side in pixels. */
  int side() {
    return side;
  }

  /** The change at a place of the square, with the hills above each other. */
  float at(int y, int x) {
    return upright[y * side + x];
  }

  /** One hill, row-major, of length 1. */
  static float[] hill(Norm norm, int rows, int columns) {
    double power = norm == Norm.L1 ? 4 : 2;
    float[] hill = new float[rows * columns];
    int rings = Math.max(rows, columns) / 2 + 1;
    for (int ring = 0; ring < rings; ring++) {
      double height = 1 / Math.pow(ring + 1, power);
      for (int y = Math.max(rows / 2 - ring, 0); y < Math.min(rows / 2 + ring + 1, rows); y++) {
        int from = Math.max(columns / 2 - ring, 0);
        int to = Math.min(columns / 2 + ring + 1, columns);
        for (int x = from; x < to; x++) {
          hill[y * columns + x] += (float) height;
        }
      }
    }
    scaleToOne(norm, hill);
    return hill;
  }

  private static void scaleToOne(Norm norm, float[] values) {
    double length = 0;
    for (float value : values) {
      length += norm == Norm.L1 ? Math.abs(value) : (double) value * value;
    }
    length = norm == Norm.L1 ? length : Math.sqrt(length);
    for (int i = 0; i < values.length; i++) {
      values[i] /= (float) length;
    }
  }
}
