package io.robusttrain.objective;

import java.io.Serializable;

/** What training minimises. Immutable. */
public sealed interface Objective extends Serializable
    permits StandardCrossEntropy, AdversarialCrossEntropy {
  /** The share s of the target that is spread evenly over all classes, in [0,1). */
  double labelSmoothing();

  /**
   * The training forwards of one micro-batch: each moves the running statistics of batch norm.
   *
   * @param radius the radius of the attack in this epoch
   */
  StatisticsUpdates statisticsUpdates(double radius);

  /** Throws if a label smoothing is outside [0,1). */
  static void requireSmoothing(double smoothing) {
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new IllegalArgumentException("label smoothing must lie in [0,1): " + smoothing);
    }
  }
}
