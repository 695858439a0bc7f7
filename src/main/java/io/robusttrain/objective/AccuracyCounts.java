package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import java.io.Serializable;

/**
 * Plain counts over some samples, to be added up over batches and executors.
 *
 * @param samples the samples
 * @param lossSum the sum of their cross entropies, without smoothing
 * @param top1 samples whose label has the largest logit
 * @param top5 samples whose label is among the five largest logits; all, with five classes or fewer
 */
@Immutable
public record AccuracyCounts(long samples, double lossSum, long top1, long top5)
    implements Serializable {
  /** The counts of no samples. */
  public static final AccuracyCounts NONE = new AccuracyCounts(0, 0, 0, 0);

  /** The counts of both sets of samples together. */
  public AccuracyCounts plus(AccuracyCounts other) {
    return new AccuracyCounts(
        samples + other.samples, lossSum + other.lossSum, top1 + other.top1, top5 + other.top5);
  }

  /** The fraction of {@link #top1}; NaN without samples. */
  public double top1Accuracy() {
    return (double) top1 / samples;
  }

  /** The fraction of {@link #top5}; NaN without samples. */
  public double top5Accuracy() {
    return (double) top5 / samples;
  }
}
