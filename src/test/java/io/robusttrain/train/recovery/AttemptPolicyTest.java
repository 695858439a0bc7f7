package io.robusttrain.train.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.WorkerFailure;
import org.junit.jupiter.api.Test;

/** Which failures are worth another attempt. */
class AttemptPolicyTest {
  private final AttemptPolicy policy = new AttemptPolicy(2);

  @Test
  void lossesAreBoundedUntilTheRunGetsFurther() {
    assertThat(policy.goesOnAfter(lost("first"), at(10))).isTrue();
    assertThat(policy.goesOnAfter(lost("second"), at(10))).isTrue();
    assertThat(policy.goesOnAfter(lost("further"), at(11))).isTrue();
    assertThat(policy.goesOnAfter(lost("back"), at(4))).isTrue();
    assertThat(policy.goesOnAfter(lost("again"), at(11))).isFalse();
    assertThat(policy.failures())
        .extracting(Throwable::getMessage)
        .containsExactly("further", "back", "again");
  }

  /** Each attempt comes further in one long validation, and none to the next step. */
  @Test
  void aValidationThatGetsFurtherIsProgress() {
    for (int units = 0; units < 10; units++) {
      assertThat(policy.goesOnAfter(lost("later " + units), new Progress(10, units))).isTrue();
    }
    assertThat(policy.goesOnAfter(lost("no further"), new Progress(10, 9))).isTrue();
    assertThat(policy.goesOnAfter(lost("nor now"), new Progress(10, 3))).isFalse();
    assertThat(policy.failures())
        .extracting(Throwable::getMessage)
        .containsExactly("later 9", "no further", "nor now");
  }

  @Test
  void nothingIsTriedAgainWhereNoAttemptsAreAllowed() {
    assertThat(new AttemptPolicy(0).goesOnAfter(lost("only"), at(3))).isFalse();
  }

  @Test
  void aRunThatGrowsHasNotFailed() {
    EngineOutage growth = new EngineOutage(EngineOutage.Kind.GROWTH, "more are there", null);
    AttemptPolicy none = new AttemptPolicy(0);
    assertThat(none.goesOnAfter(growth, at(7))).isTrue();
    assertThat(none.fruitless()).isZero();
  }

  @Test
  void aWorkersFailureIsTriedOnceMoreAtItsStep() {
    assertThat(policy.goesOnAfter(failed(new ArithmeticException("odd")), at(7))).isTrue();
    assertThat(policy.goesOnAfter(failed(new ArithmeticException("odd")), at(7))).isFalse();
    AttemptPolicy other = new AttemptPolicy(5);
    assertThat(other.goesOnAfter(failed(new ArithmeticException("odd")), at(7))).isTrue();
    assertThat(other.goesOnAfter(failed(new ArithmeticException("odd")), at(9))).isTrue();
  }

  @Test
  void memoryThatIsUsedUpTwiceAtOneStepIsNoAccident() {
    EngineOutage outage =
        new EngineOutage(
            EngineOutage.Kind.EXECUTOR_LOST, "gone", new OutOfMemoryError("Java heap space"));
    assertThat(policy.goesOnAfter(outage, at(7))).isTrue();
    assertThat(policy.goesOnAfter(outage, at(7))).isFalse();
  }

  @Test
  void wrongDataIsNotTriedAgainAlsoWhenSparkMadeTextOfIt() {
    assertThat(
            policy.goesOnAfter(
                failed(
                    new IllegalStateException(
                        "Job aborted: io.robusttrain.data.DataException: no such shard")),
                at(7)))
        .isFalse();
    assertThat(new AttemptPolicy(2).goesOnAfter(new IllegalArgumentException("own"), at(7)))
        .isFalse();
  }

  @Test
  void theFirstCauseComesFirst() {
    assertThat(
            new RecoveryException(
                java.util.List.of(lost("executor 1 was lost"), lost("executor 0 was lost"))))
        .hasMessage(
            "executor 1 was lost%n  then: executor 0 was lost%n  submit the same run id again to go on from its newest checkpoint"
                .formatted());
  }

  private static Progress at(long steps) {
    return new Progress(steps, 0);
  }

  private static EngineOutage lost(String what) {
    return new EngineOutage(EngineOutage.Kind.EXECUTOR_LOST, what, null);
  }

  private static WorkerFailure failed(Exception cause) {
    return new WorkerFailure(cause.getMessage(), cause);
  }
}
