package io.robusttrain.data.load;

import io.robusttrain.data.order.BatchOrder;
import io.robusttrain.data.transform.TrainTransform;

/**
 * Which samples each training step takes, and how each of them is augmented.
 *
 * @param order the samples of every step
 * @param transform what augments them
 * @param seed of the augmentation's draws
 * @param runEpochSteps steps of the run's epoch, by which the augmentation's strength grows
 */
public record AugmentedOrder(
    BatchOrder order, TrainTransform transform, long seed, int runEpochSteps) {
  /** An order whose rounds are the run's epochs. */
  public AugmentedOrder(BatchOrder order, TrainTransform transform, long seed) {
    this(order, transform, seed, order.stepsPerEpoch());
  }
}
