package io.robusttrain.attack.square;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.tensor.RandomStream;
import java.util.Arrays;

/**
 * Square in L2 (Andriushchenko et al., 2020, section 3.3) and L1 (Croce and Hein, "Mind the box",
 * 2021): starts from a grid of patterned tiles; each query takes the change out of one square and
 * gives its length to another one, where a pattern is added to what is there. Owns scratch arrays:
 * not thread-safe.
 */
final class PatternedSquares implements SquareMoves {
  private static final int TILES = 5;
  private static final double TINY = 1e-12;

  private final Norm norm;
  private final ImageShape shape;
  private final double epsilon;
  private final SquareSchedule schedule;
  private final float[] delta;
  private SquarePattern pattern;

  /**
   * @param threat in L2 or L1
   * @param shape at least 5 pixels high and wide
   */
  PatternedSquares(ThreatModel threat, ImageShape shape, SquareSchedule schedule) {
    if (Math.min(shape.height(), shape.width()) < TILES) {
      throw new IllegalArgumentException(
          "Square in L2 and L1 needs images of at least %d x %d pixels, got %d x %d"
              .formatted(TILES, TILES, shape.height(), shape.width()));
    }
    this.norm = threat.norm();
    this.shape = shape;
    this.epsilon = threat.epsilon();
    this.schedule = schedule;
    this.delta = new float[shape.size()];
    this.pattern = new SquarePattern(norm, schedule.patternSide(0, shape));
  }

  @Override
  public void start(float[] clean, RandomStream draws, float[] candidate) {
    Arrays.fill(delta, 0);
    int side = Math.min(shape.height(), shape.width()) / TILES;
    SquarePattern tile = new SquarePattern(norm, side);
    int margin = (shape.height() - side * TILES) / 2;
    for (int top = margin; top + side <= shape.height(); top += side) {
      for (int left = margin; left + side <= shape.width(); left += side) {
        boolean upright = draws.nextSign() > 0;
        for (int channel = 0; channel < shape.channels(); channel++) {
          int sign = draws.nextSign();
          for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
              float value = upright ? tile.at(y, x) : tile.at(x, y);
              delta[shape.index(channel, top + y, left + x)] += sign * value;
            }
          }
        }
      }
    }
    place(clean, candidate);
  }

  @Override
  public void propose(
      float[] clean, float[] best, int query, RandomStream draws, float[] candidate) {
    int side = schedule.patternSide(query, shape);
    if (pattern.side() != side) {
      pattern = new SquarePattern(norm, side);
    }
    double whole = 0;
    for (int i = 0; i < delta.length; i++) {
      delta[i] = best[i] - clean[i];
      whole += power(delta[i]);
    }
    // The last row and column of places is never drawn: so in the original.
    Window to = window(draws, side);
    Window from = window(draws, side);
    double moved = 0;
    for (int channel = 0; channel < shape.channels(); channel++) {
      moved += powers(to, channel, null) + powers(from, channel, to);
    }
    double length = lengthOfNew(whole, moved);
    boolean upright = draws.nextSign() > 0;
    for (int channel = 0; channel < shape.channels(); channel++) {
      refill(to, from, channel, draws.nextSign(), upright, length);
    }
    place(clean, candidate);
  }

  /** The length that each channel of the new square gets: what was moved, and what is unused. */
  private double lengthOfNew(double whole, double moved) {
    int channels = shape.channels();
    return norm == Norm.L1
        ? Math.max(epsilon - whole, 0) + moved * channels
        : Math.sqrt(Math.max(epsilon * epsilon - whole, 0) / channels + moved);
  }

  private void refill(
      Window to, Window from, int channel, int sign, boolean upright, double length) {
    double own = TINY + root(powers(to, channel, null));
    int side = to.side();
    double sum = 0;
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int at = shape.index(channel, to.top() + y, to.left() + x);
        delta[at] =
            (float) (delta[at] / own) + sign * (upright ? pattern.at(y, x) : pattern.at(x, y));
        sum += power(delta[at]);
      }
    }
    double factor = length / (TINY + root(sum));
    for (int y = from.top(); y < from.top() + side; y++) {
      for (int x = from.left(); x < from.left() + side; x++) {
        if (!to.contains(y, x)) {
          delta[shape.index(channel, y, x)] = 0;
        }
      }
    }
    for (int y = to.top(); y < to.top() + side; y++) {
      for (int x = to.left(); x < to.left() + side; x++) {
        delta[shape.index(channel, y, x)] *= (float) factor;
      }
    }
  }

  /** The change, brought to the ball's surface and into the box, on the clean image. */
  private void place(float[] clean, float[] candidate) {
    double factor = 1;
    if (norm == Norm.L1) {
      BoxedL1Ball.project(delta, clean, epsilon);
    } else {
      double sum = 0;
      for (float value : delta) {
        sum += power(value);
      }
      factor = epsilon / (Math.sqrt(sum) + TINY);
    }
    for (int i = 0; i < delta.length; i++) {
      float value = clean[i] + (float) (delta[i] * factor);
      candidate[i] = Math.min(Math.max(value, 0), 1);
    }
  }

  /** The sum of powers in a window of a channel, without what lies in another window. */
  private double powers(Window window, int channel, Window without) {
    double sum = 0;
    for (int y = window.top(); y < window.top() + window.side(); y++) {
      for (int x = window.left(); x < window.left() + window.side(); x++) {
        if (without == null || !without.contains(y, x)) {
          sum += power(delta[shape.index(channel, y, x)]);
        }
      }
    }
    return sum;
  }

  private double power(float value) {
    return norm == Norm.L1 ? Math.abs(value) : (double) value * value;
  }

  private double root(double sum) {
    return norm == Norm.L1 ? sum : Math.sqrt(sum);
  }

  private Window window(RandomStream draws, int side) {
    int top = draws.below(shape.height() - side);
    return new Window(top, draws.below(shape.width() - side), side);
  }

  private record Window(int top, int left, int side) {
    boolean contains(int y, int x) {
      return y >= top && y < top + side && x >= left && x < left + side;
    }
  }
}
