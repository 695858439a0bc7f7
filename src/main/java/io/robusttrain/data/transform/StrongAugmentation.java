package io.robusttrain.data.transform;

import io.robusttrain.schedule.StrengthWarmup;
import java.io.Serializable;
import java.util.Objects;

/**
 * What a {@link TrainTransform} does beyond crop, horizontal flip and colour jitter.
 *
 * @param verticalFlip probability of a vertical flip, 0 to 1
 * @param policy RandAugment or 3-Augment, after the flips
 * @param rotation largest angle of a rotation in degrees, drawn uniformly in both directions, after
 *     the colour jitter: nearest neighbour, black corners, same size (torchvision's {@code
 *     RandomRotation}); 0: off
 * @param erasing the last change
 * @param warmup strength of policy and erasing by epoch
 */
public record StrongAugmentation(
    double verticalFlip,
    AugmentationPolicy policy,
    double rotation,
    RandomErasing erasing,
    StrengthWarmup warmup)
    implements Serializable {

  /** Does nothing and draws nothing. */
  public static final StrongAugmentation NONE =
      new StrongAugmentation(
          0, new AugmentationPolicy.None(), 0, RandomErasing.NONE, StrengthWarmup.NONE);

  public StrongAugmentation {
    Objects.requireNonNull(policy, "policy");
    Objects.requireNonNull(erasing, "erasing");
    Objects.requireNonNull(warmup, "warmup");
    if (!(verticalFlip >= 0 && verticalFlip <= 1) || !(rotation >= 0 && rotation <= 180)) {
      throw new IllegalArgumentException(
          "vertical flip must be in [0, 1] and rotation in [0, 180], got %s and %s"
              .formatted(verticalFlip, rotation));
    }
  }

  /** Returns what the warm-up leaves of this in an epoch, counted from 0. */
  StrongAugmentation atEpoch(long epoch) {
    double strength = warmup.at(epoch);
    return new StrongAugmentation(
        verticalFlip,
        policy.atStrength(strength),
        rotation,
        erasing.atStrength(strength),
        StrengthWarmup.NONE);
  }

  /** Whether pixels move after the flips, so that these cannot be left to the last copy. */
  boolean movesPixels() {
    return !(policy instanceof AugmentationPolicy.None) || rotation > 0;
  }
}
