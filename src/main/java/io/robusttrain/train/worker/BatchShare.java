package io.robusttrain.train.worker;

import java.io.Serializable;

/**
 * How a full micro-batch is shared by two data sets.
 *
 * @param primary samples of the first set, at least 1
 * @param extra samples of the second set, at least 1
 */
public record BatchShare(int primary, int extra) implements Serializable {
  public BatchShare {
    if (primary < 1 || extra < 1) {
      throw new IllegalArgumentException(
          "both sets need a sample in each micro-batch, got %d and %d".formatted(primary, extra));
    }
  }

  /** Samples of the second set beside some of the first: the share, rounded to whole samples. */
  int beside(int samples) {
    return Math.toIntExact(Math.round((double) samples * extra / primary));
  }
}
