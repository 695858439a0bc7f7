package io.robusttrain.tensor;

/** The three parts of the flat vector, in this order. */
public enum Segment {
  /** Parameters that weight decay shrinks. */
  DECAYED,
  /** Parameters free of weight decay: biases, norms, layer scales, class tokens. */
  UNDECAYED,
  /**
   * Statistics of features that no gradient moves, first of all the running ones of batch norm.
   * Their "gradient" is the batch statistic, so the all-reduce that averages gradients averages
   * statistics too; their update is the moving average.
   */
  STATISTICS
}
