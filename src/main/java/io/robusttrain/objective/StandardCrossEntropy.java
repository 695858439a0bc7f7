package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;

/**
 * Cross entropy of clean images.
 *
 * @param labelSmoothing in [0,1)
 */
@Immutable
public record StandardCrossEntropy(double labelSmoothing) implements Objective {
  /** Checks the smoothing. */
  public StandardCrossEntropy {
    Objective.requireSmoothing(labelSmoothing);
  }

  @Override
  public StatisticsUpdates statisticsUpdates(double radius) {
    return new StatisticsUpdates(1);
  }
}
