package io.robusttrain.model;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;

/**
 * A model bound to weights of its own, of which nobody asks gradients: only those of pixels are
 * computed. Owns native memory until {@link #close}; for one thread.
 */
public final class FrozenClassifier implements AutoCloseable {
  private final FlatParameters parameters;
  private final Classifier classifier;

  /**
   * Copies weights to a device and binds a model to them.
   *
   * @param weights flat, in the order of the model's layout
   */
  public FrozenClassifier(Architecture architecture, float[] weights, ComputeDevice device) {
    parameters = new FlatParameters(architecture.layout(), device);
    try {
      parameters.load(weights, 0);
      parameters.freeze();
      classifier = architecture.bind(parameters);
    } catch (RuntimeException failed) {
      parameters.close();
      throw failed;
    }
  }

  /** The model; borrowed. */
  public Classifier classifier() {
    return classifier;
  }

  @Override
  public void close() {
    classifier.close();
    parameters.close();
  }
}
