package io.robusttrain.optim;

import java.io.Serializable;

/**
 * A running average of the weights that training leaves untouched: after step n it moves to {@code
 * a + s_n (w - a)}, where s_n follows from n alone. Immutable.
 */
public interface WeightAverage extends Serializable {
  /** The name of its vector in {@link SliceState}. */
  String name();

  /**
   * s_n, the share of the present weights in the average.
   *
   * @param step n, the updates done so far with this one, from 1
   * @return in [0,1]; 0 leaves the average as it is, 1 makes it a copy of the weights
   */
  double share(long step);

  /**
   * Whether the average holds more than a copy of the weights of one step.
   *
   * @param step the updates done so far
   */
  boolean begun(long step);
}
