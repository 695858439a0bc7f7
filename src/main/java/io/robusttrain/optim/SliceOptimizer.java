package io.robusttrain.optim;

import java.io.Serializable;
import java.util.List;

/**
 * An optimiser of one slice of the flat vector: each executor owns a slice and its moments.
 *
 * <p>The slice may straddle all {@link io.robusttrain.tensor.Segment}s: decayed and undecayed
 * parameters follow the optimiser with and without weight decay; running statistics follow {@code r
 * <- (1 - M) r + M s} where s is their "gradient". Updates are element by element: the result does
 * not depend on how the vector is sliced, to the last bit.
 *
 * <p>The state belongs to the slice of the first step or of {@link #restore}; another slice is an
 * error. Not thread-safe.
 */
public interface SliceOptimizer extends Serializable {
  /**
   * Updates the weights of the slice in place. Allocates only at the first step. Fastest with both
   * offsets 0; otherwise the slice is copied.
   *
   * @param weights holds the slice's weights from {@code weightOffset}
   * @param gradients holds the slice's gradients from {@code gradientOffset}; unchanged
   * @param length the slice's elements
   * @param sliceStart the slice's first element in the flat vector
   * @throws IllegalArgumentException if the slice is not inside the flat vector or the arrays
   * @throws IllegalStateException if the state belongs to another slice
   */
  void step(
      float[] weights,
      int weightOffset,
      float[] gradients,
      int gradientOffset,
      int length,
      long sliceStart,
      StepHyperparameters hyperparameters);

  /**
   * A step of the run that is left out: weights and moments stay, averages take the weights once
   * more, so that they keep to the run's steps. Only after the first step or {@link #restore}.
   *
   * @param weights holds the slice's weights from {@code weightOffset}
   */
  default void skip(float[] weights, int weightOffset) {}

  /**
   * How many steps the run has done when a state was restored; the state itself counts those only
   * that were not left out.
   */
  default void continueAt(long runSteps) {}

  /** The names of the state's vectors, as PyTorch has them. */
  List<String> momentNames();

  /** The averages of the slice's weights that there are by now; none unless they were asked for. */
  default List<String> averageNames() {
    return List.of();
  }

  /**
   * A copy of an average of the slice's weights, running statistics included.
   *
   * @param name one of {@link #averageNames}
   * @throws IllegalStateException if there is no such average yet
   */
  default float[] average(String name) {
    throw new IllegalStateException("this optimiser keeps no averages; asked for " + name);
  }

  /**
   * A copy of the state.
   *
   * @throws IllegalStateException before the first step or {@link #restore}
   */
  SliceState state();

  /**
   * Replaces the state by a copy of {@code state}.
   *
   * @throws IllegalArgumentException if it is not a state of this optimiser's kind
   */
  void restore(SliceState state);

  /**
   * The sum of squares of the gradients of the slice's parameters, running statistics left out. The
   * square root of the sum over all slices is the gradient norm.
   *
   * @throws IllegalArgumentException as {@link #step}
   */
  double sumOfSquares(float[] gradients, int gradientOffset, int length, long sliceStart);
}
