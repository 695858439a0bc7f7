package io.robusttrain.objective;

import io.robusttrain.model.Classifier;
import io.robusttrain.tensor.ComputeDevice;
import java.io.Serializable;

/** A trained model that an objective asks and never changes. Immutable; travels to executors. */
public interface FrozenModel extends Serializable {
  /**
   * Loads the model where it is asked: once for each replica.
   *
   * @param device where it computes
   * @return owned by the caller; its {@code close} releases the weights, too
   * @throws java.io.UncheckedIOException if the weights cannot be read
   */
  Classifier open(ComputeDevice device);
}
