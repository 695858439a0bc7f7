package io.robusttrain.evaluate.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.oracle.Numeric;
import org.junit.jupiter.api.Test;

@Numeric
class CleanOutcomeTest {
  private static CleanOutcome outcome(int[] labels, int[] predictions, long... checksums) {
    return new CleanOutcome(labels, predictions, checksums, 0, false, 0, Cost.NONE);
  }

  @Test
  void contentIsPixelsAndLabelsAndNotWhatTheModelSays() {
    String content = outcome(new int[] {1, 2}, new int[] {1, 0}, 7, 8).contentDigest();

    assertThat(content)
        .isEqualTo(outcome(new int[] {1, 2}, new int[] {0, 2}, 7, 8).contentDigest())
        .isNotEqualTo(outcome(new int[] {1, 3}, new int[] {1, 0}, 7, 8).contentDigest())
        .isNotEqualTo(outcome(new int[] {1, 2}, new int[] {1, 0}, 7, 9).contentDigest())
        .isNotEqualTo(outcome(new int[] {1, 2}, new int[] {1, 0}, 8, 7).contentDigest());
  }

  @Test
  void accuracyCountsCorrectPredictions() {
    CleanOutcome outcome = outcome(new int[] {1, 2, 0, 3}, new int[] {1, 0, 0, 3}, 1, 2, 3, 4);

    assertThat(outcome.accuracy()).isEqualTo(0.75);
    assertThat(outcome.correct()).containsExactly(0, 2, 3);
  }
}
