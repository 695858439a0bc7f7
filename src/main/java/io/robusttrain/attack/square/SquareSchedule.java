package io.robusttrain.attack.square;

/**
 * How large Square's squares are at each query: a share of the image's area that is halved at fixed
 * queries, whatever the number of queries will be. Immutable.
 *
 * @param initialShare of the image's area, in (0,1]
 */
record SquareSchedule(double initialShare) {
  /** After each of these queries the share is halved. */
  private static final int[] LAST_QUERIES = {10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000};

  /** The smallest square that holds a pattern with two sides and a border between them. */
  private static final int SMALLEST_PATTERN = 3;

  /** The share of the image's area at a query, counted from 0. */
  double share(int query) {
    double share = initialShare;
    for (int last : LAST_QUERIES) {
      if (query > last) {
        share /= 2;
      }
    }
    return share;
  }

  /** The side of a plain square in pixels, at least 1. */
  int side(int query, ImageShape shape) {
    return Math.max(1, rounded(query, shape));
  }

  /** The side of a patterned square in pixels: odd and at least 3, where the image allows it. */
  int patternSide(int query, ImageShape shape) {
    int side = Math.max(SMALLEST_PATTERN, rounded(query, shape)) | 1;
    return Math.min(side, Math.min(shape.height(), shape.width()));
  }

  private int rounded(int query, ImageShape shape) {
    double side = Math.sqrt(share(query) * shape.height() * shape.width());
    // Half to even, as the original's language rounds; a narrow image bounds the square.
    return Math.min((int) Math.rint(side), Math.min(shape.height(), shape.width()));
  }
}
