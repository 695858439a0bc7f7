package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import java.io.Serializable;

/**
 * Counts over the same samples, clean and attacked.
 *
 * @param clean over the clean images
 * @param adversarial over the attacked images, clean-misclassified ones included: an attacked image
 *     is simply classified again
 */
@Immutable
public record EvaluationCounts(AccuracyCounts clean, AccuracyCounts adversarial)
    implements Serializable {
  /** The counts of no samples. */
  public static final EvaluationCounts NONE =
      new EvaluationCounts(AccuracyCounts.NONE, AccuracyCounts.NONE);

  /** The counts of both sets of samples together. */
  public EvaluationCounts plus(EvaluationCounts other) {
    return new EvaluationCounts(clean.plus(other.clean), adversarial.plus(other.adversarial));
  }
}
