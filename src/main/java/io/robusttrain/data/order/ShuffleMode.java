package io.robusttrain.data.order;

import java.io.Serializable;

/** How the order of an epoch is drawn, and what memory it takes. */
public sealed interface ShuffleMode extends Serializable {

  /** One permutation of all samples; an executor holds the whole encoded split in memory. */
  record Full() implements ShuffleMode {}

  /**
   * Blocks are permuted and each lane shuffles within consecutive windows of what it reads; an
   * executor holds one window for each of its lanes.
   *
   * @param window samples in a window, at least 1
   */
  record Blocks(int window) implements ShuffleMode {
    public Blocks {
      if (window < 1) {
        throw new IllegalArgumentException("shuffle window must be at least 1, got " + window);
      }
    }
  }
}
