package io.robusttrain.objective;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.tensor.SeedKey;

/**
 * What a micro-batch must know of its step.
 *
 * @param radius the radius of the attack in this epoch, in units of pixels in [0,1]
 * @param noise where the attack starts
 * @param key of all other draws: of run, step and number in the step, not of the executor
 * @param imagesKey of draws that are the same in all steps that are taken on the same images in a
 *     row: {@code key} in the first of them
 * @param weight the weight of its mean in the step: the micro-batch's samples times the number of
 *     replicas, divided by the step's samples, so that the mean of the replicas' sums is the mean
 *     over all samples
 * @param slot whose memory it shares
 * @param reinforced whether {@link Objective#reinforced()} takes the objective's place in this step
 */
public record MicroBatchContext(
    double radius,
    NoiseSource noise,
    SeedKey key,
    SeedKey imagesKey,
    double weight,
    Slot slot,
    boolean reinforced) {
  /**
   * A micro-batch's place: what is remembered from step to step stays in it.
   *
   * @param epoch counted from 0
   * @param lane the micro-batch's number in its step
   */
  public record Slot(long epoch, int lane) {
    /** The only slot of a step on its own. */
    static final Slot ALONE = new Slot(0, 0);
  }

  public MicroBatchContext {
    if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("the weight of a micro-batch must be above 0: " + weight);
    }
  }

  /** The context of the only step on its images, which the objective itself takes. */
  public MicroBatchContext(
      double radius, NoiseSource noise, SeedKey key, double weight, Slot slot) {
    this(radius, noise, key, key, weight, slot, false);
  }

  /** This with another answer to whether the objective is reinforced. */
  public MicroBatchContext reinforced(boolean whether) {
    return new MicroBatchContext(radius, noise, key, imagesKey, weight, slot, whether);
  }

  /** This, of a step on images of which an earlier step had this key. */
  public MicroBatchContext onImagesOf(SeedKey first) {
    return new MicroBatchContext(radius, noise, key, first, weight, slot, reinforced);
  }

  /** The context, alone in its step, whose draws all come from one key. */
  public static MicroBatchContext of(SeedKey key, double radius, double weight) {
    return of(key, radius, weight, Slot.ALONE);
  }

  /**
   * The context whose draws all come from one key.
   *
   * @param key of the micro-batch
   */
  public static MicroBatchContext of(SeedKey key, double radius, double weight, Slot slot) {
    return new MicroBatchContext(
        radius, NoiseSource.perBatch(key.with("attack-noise")), key, weight, slot);
  }
}
