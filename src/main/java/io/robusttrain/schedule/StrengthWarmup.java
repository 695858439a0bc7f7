package io.robusttrain.schedule;

import com.google.errorprone.annotations.Immutable;
import java.io.Serializable;

/**
 * Strong augmentation that grows over the first epochs, which Bai et al. (2021), "Are Transformers
 * more robust than CNNs?", found to save adversarial training of transformers from collapse.
 *
 * <p>Epoch e of n warm-up epochs has the strength max(1, e) / (n - 1), at most 1. With n = 10 and
 * RandAugment at magnitude 9 this is the ladder of the authors' code: magnitudes 1, 1, 2, 3 ... 9.
 *
 * @param epochs n; with 0 or 1 all epochs have strength 1
 */
@Immutable
public record StrengthWarmup(int epochs) implements Serializable {

  /** Full strength from the first epoch on. */
  public static final StrengthWarmup NONE = new StrengthWarmup(0);

  public StrengthWarmup {
    if (epochs < 0) {
      throw new IllegalArgumentException("warm-up epochs must be at least 0, got " + epochs);
    }
  }

  /**
   * Strength of an epoch.
   *
   * @param epoch from 0
   * @return in (0, 1]
   */
  public double at(long epoch) {
    return epochs < 2 ? 1 : Math.min(1.0, (double) Math.max(1, epoch) / (epochs - 1));
  }
}
