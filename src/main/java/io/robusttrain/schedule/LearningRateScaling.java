package io.robusttrain.schedule;

/**
 * How the learning rate follows the global batch. Goyal et al. 2017 (linear); Krizhevsky 2014
 * (square root).
 */
public enum LearningRateScaling {
  NONE {
    @Override
    double factor(double ratio) {
      return 1;
    }
  },
  /** In proportion: lr * globalBatch / baseSize. */
  LINEAR {
    @Override
    double factor(double ratio) {
      return ratio;
    }
  },
  /** With the square root: lr * sqrt(globalBatch / baseSize). */
  SQRT {
    @Override
    double factor(double ratio) {
      return Math.sqrt(ratio);
    }
  };

  /**
   * The peak learning rate of a run.
   *
   * @param lr rate meant for a batch of {@code baseSize}
   * @param globalBatch images of one update, at least 1
   * @param baseSize batch for which {@code lr} is meant, at least 1
   * @throws IllegalArgumentException when a batch is below 1
   */
  public double scale(double lr, int globalBatch, int baseSize) {
    if (globalBatch < 1 || baseSize < 1) {
      throw new IllegalArgumentException(
          "batches are at least 1, not " + globalBatch + " and " + baseSize);
    }
    return lr * factor((double) globalBatch / baseSize);
  }

  abstract double factor(double ratio);
}
