package io.robusttrain.train.guard;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;

/**
 * Compares each step's loss with the median of the steps before it. What it says follows from the
 * losses alone, so a run that continues gets the same answers once the last losses of its past were
 * told. Not thread-safe.
 */
public final class SpikeWatch {
  private final double factor;
  private final int window;
  private final Deque<Double> last = new ArrayDeque<>();
  private boolean above;

  /**
   * A watch that knows no losses yet.
   *
   * @param factor of the median above which a loss is a spike, at least 1
   * @param window steps whose median is taken; before there are so many, nothing is a spike
   */
  public SpikeWatch(double factor, int window) {
    if (!(factor >= 1) || window < 1) {
      throw new IllegalArgumentException(
          "a spike needs a factor and a window of at least 1, got %s and %d"
              .formatted(factor, window));
    }
    this.factor = factor;
    this.window = window;
  }

  /**
   * Takes the loss of the next step.
   *
   * @param loss finite
   * @return the median, if the loss is above it by the factor and the loss before it was not: a
   *     spike of several steps is told once
   */
  public OptionalDouble next(double loss) {
    OptionalDouble median = last.size() < window ? OptionalDouble.empty() : median();
    boolean was = above;
    above = median.isPresent() && loss > factor * median.getAsDouble();
    last.add(loss);
    if (last.size() > window) {
      last.remove();
    }
    return above && !was ? median : OptionalDouble.empty();
  }

  private OptionalDouble median() {
    double[] sorted = last.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return OptionalDouble.of(
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2);
  }
}
