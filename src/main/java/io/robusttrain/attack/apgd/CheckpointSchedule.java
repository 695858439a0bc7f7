package io.robusttrain.attack.apgd;

/**
 * When APGD looks back and decides about its step size: after 22 % of its iterations first, then
 * after windows that shrink by 3 % of the iterations down to 6 % (Croce and Hein, 2020).
 *
 * @param first the first window, in iterations
 * @param shortest the shortest window
 * @param decrement by how much each window is shorter than the one before
 */
record CheckpointSchedule(int first, int shortest, int decrement) {
  /** The schedule of a run of so many iterations. */
  static CheckpointSchedule of(int iterations) {
    return new CheckpointSchedule(
        share(0.22, iterations), share(0.06, iterations), share(0.03, iterations));
  }

  /** The window after one of the given length. */
  int after(int window) {
    return Math.max(window - decrement, shortest);
  }

  /** A share of the iterations, rounded down, at least 1. */
  static int share(double fraction, int iterations) {
    return Math.max((int) (fraction * iterations), 1);
  }
}
