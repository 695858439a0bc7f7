package io.robusttrain.objective;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.tensor.SeedKey;

/**
 * What a micro-batch must know of its step.
 *
 * @param radius the radius of the attack in this epoch, in units of pixels in [0,1]
 * @param noise where the attack starts
 * @param dropPathKey the key of the drop-path draws of all its forwards
 * @param weight the weight of its mean in the step: the micro-batch's samples times the number of
 *     replicas, divided by the step's samples, so that the mean of the replicas' sums is the mean
 *     over all samples
 */
public record MicroBatchContext(
    double radius, NoiseSource noise, SeedKey dropPathKey, double weight) {
  /** Checks the weight. */
  public MicroBatchContext {
    if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("the weight of a micro-batch must be above 0: " + weight);
    }
  }

  /**
   * The context whose draws all come from one key.
   *
   * @param key of the micro-batch: of run, step and number in the step, not of the executor
   */
  public static MicroBatchContext of(SeedKey key, double radius, double weight) {
    return new MicroBatchContext(
        radius, NoiseSource.perBatch(key.with("attack-noise")), key.with("drop-path"), weight);
  }
}
