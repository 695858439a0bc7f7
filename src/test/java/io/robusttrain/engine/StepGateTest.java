package io.robusttrain.engine;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** A step is loaded, computed and applied once, by one attempt. */
class StepGateTest {
  private final StepGate gate = new StepGate(2);
  private final StepAttempt first = new StepAttempt(1, 7, 100);
  private final StepAttempt second = new StepAttempt(1, 7, 101);

  @Test
  void letsOneAttemptThroughStepAfterStep() {
    assertThatCode(
            () -> {
              step(first);
              step(new StepAttempt(1, 8, 102));
              // The run went back.
              step(new StepAttempt(2, 3, 103));
            })
        .doesNotThrowAnyException();
  }

  @Test
  void refusesASecondAttemptWhereverItComes() {
    gate.load(first);
    assertThatThrownBy(() -> gate.load(second))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "step 7 (attempt 101) must not be loaded after step 7 (attempt 100): its task ran twice");
    assertThatThrownBy(() -> gate.compute(second)).hasMessageContaining("must not be computed");
    gate.compute(first);
    assertThatThrownBy(() -> gate.update(1, 7)).hasMessageContaining("must not be applied");
    gate.compute(first);
    assertThatThrownBy(() -> gate.compute(first)).hasMessageContaining("must not be computed");
    gate.update(1, 7);
    assertThatThrownBy(() -> gate.update(1, 7)).hasMessageContaining("must not be applied");
    assertThatThrownBy(() -> gate.load(first)).hasMessageContaining("must not be loaded");
  }

  @Test
  void refusesAnEarlierLegAndAnEarlierStep() {
    step(first);
    assertThatThrownBy(() -> gate.load(new StepAttempt(0, 9, 104)))
        .hasMessageContaining("must not be loaded");
    assertThatThrownBy(() -> gate.load(new StepAttempt(1, 6, 105)))
        .hasMessageContaining("must not be loaded");
  }

  private void step(StepAttempt attempt) {
    gate.load(attempt);
    gate.compute(attempt);
    gate.compute(attempt);
    gate.update(attempt.leg(), attempt.step());
  }
}
