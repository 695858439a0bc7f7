package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;

/**
 * How the running statistics of batch norm follow u training forwards of one step with a single
 * update at its end.
 *
 * <p>PyTorch updates after each forward: {@code r <- (1 - m) r + m s_i}. After s_1 ... s_u this is
 * {@code (1 - m)^u r + sum_i m (1 - m)^(u - i) s_i}. With {@code M = 1 - (1 - m)^u} it is {@code (1
 * - M) r + M s} where {@code s = sum_i c_i s_i} and {@code c_i = m (1 - m)^(u - i) / M}; the c_i
 * sum to 1. So a step accumulates s where the gradients are, and the optimiser moves the running
 * statistics by M.
 *
 * @param count u, the training forwards of one micro-batch in a step, at least 1
 */
@Immutable
public record StatisticsUpdates(int count) {
  /** The momentum m of one update, PyTorch's default. */
  public static final double MOMENTUM = 0.1;

  public StatisticsUpdates {
    if (count < 1) {
      throw new IllegalArgumentException(
          "a step has at least one training forward, got %d".formatted(count));
    }
  }

  /** M, the weight of the step's statistic in the running statistic. */
  public double effectiveMomentum() {
    return 1 - Math.pow(1 - MOMENTUM, count);
  }

  /**
   * c_i, the weight of one forward's statistic in the step's.
   *
   * @param index the forward's place in the step, from 0
   */
  public double coefficient(int index) {
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException(
          "forward %d of a step that announced %d".formatted(index, count));
    }
    return MOMENTUM * Math.pow(1 - MOMENTUM, count - 1 - index) / effectiveMomentum();
  }
}
