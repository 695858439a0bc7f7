package io.robusttrain.train.recovery;

import java.util.Comparator;

/**
 * How far a run has come. What was validated after a step counts, so that a run that is disturbed
 * during a long validation, each time later in it, is one that gets further.
 *
 * @param completedSteps of the run
 * @param validatedUnits of the validation after that step, over all weights that it looks at
 */
public record Progress(long completedSteps, long validatedUnits) implements Comparable<Progress> {
  private static final Comparator<Progress> ORDER =
      Comparator.comparingLong(Progress::completedSteps)
          .thenComparingLong(Progress::validatedUnits);

  @Override
  public int compareTo(Progress other) {
    return ORDER.compare(this, other);
  }
}
