package io.robusttrain.tensor;

/** The three parts of the flat vector, in this order. */
public enum Segment {
  /** Parameters that weight decay shrinks. */
  DECAYED,
  /** Parameters free of weight decay: biases, norms, layer scales, class tokens. */
  UNDECAYED,
  /**
   * Running statistics of batch norm. Their "gradient" is the batch statistic, so the all-reduce
   * that averages gradients averages statistics too; their update is the moving average.
   */
  STATISTICS
}
