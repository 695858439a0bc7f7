package io.robusttrain.attack.square;

import io.robusttrain.tensor.RandomStream;

/**
 * Square in Linf (Andriushchenko et al., 2020, section 3.2): starts from vertical stripes, then
 * sets one square at a time, all of a channel by epsilon to one side of the clean image. Adding
 * twice epsilon to what is there and cutting back into ball and box, as the paper words it, comes
 * to the same.
 *
 * @param epsilon the radius
 */
record LinfSquares(ImageShape shape, float epsilon, SquareSchedule schedule)
    implements SquareMoves {
  @Override
  public void start(float[] clean, RandomStream draws, float[] candidate) {
    for (int channel = 0; channel < shape.channels(); channel++) {
      for (int x = 0; x < shape.width(); x++) {
        float change = draws.nextSign() * epsilon;
        for (int y = 0; y < shape.height(); y++) {
          int at = shape.index(channel, y, x);
          candidate[at] = clamp(clean[at] + change);
        }
      }
    }
  }

  @Override
  public void propose(
      float[] clean, float[] best, int query, RandomStream draws, float[] candidate) {
    System.arraycopy(best, 0, candidate, 0, shape.size());
    int side = schedule.side(query, shape);
    // The last row and column of places is never drawn: so in the original.
    int top = draws.below(shape.height() - side);
    int left = draws.below(shape.width() - side);
    for (int channel = 0; channel < shape.channels(); channel++) {
      float change = draws.nextSign() * epsilon;
      for (int y = top; y < top + side; y++) {
        int from = shape.index(channel, y, left);
        for (int at = from; at < from + side; at++) {
          candidate[at] = clamp(clean[at] + change);
        }
      }
    }
  }

  private static float clamp(float value) {
    return Math.min(Math.max(value, 0), 1);
  }
}
