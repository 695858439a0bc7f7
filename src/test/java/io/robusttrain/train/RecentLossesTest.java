package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.report.StepMetrics;
import org.junit.jupiter.api.Test;

/** What a rise of the loss is compared with when a run goes on. */
class RecentLossesTest {
  private static StepMetrics step(long step, double loss, double gradientNorm) {
    return new StepMetrics(0, step, loss, 0, 0, gradientNorm, 1, 0, 0);
  }

  @Test
  void theLastOnesThatWereAppliedAreHeld() {
    RecentLosses losses = new RecentLosses(2, 0);
    losses.step(step(0, 1, 1));
    losses.step(step(1, 2, 1));
    losses.step(step(2, 3, Double.NaN));
    losses.step(step(3, 4, 1));
    assertThat(losses.list()).containsExactly(2.0, 4.0);
  }

  /** A stage of stronger attacks begins with another loss, which is no alarm. */
  @Test
  void thoseOfTheStageBeforeAreNot() {
    RecentLosses losses = new RecentLosses(9, 2);
    losses.step(step(0, 0.1, 1));
    losses.step(step(1, 0.2, 1));
    losses.step(step(2, 3, 1));
    assertThat(losses.list()).containsExactly(3.0);
  }
}
