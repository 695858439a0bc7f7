package io.robusttrain.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.base.Json;
import io.robusttrain.base.JsonException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RunStateTest {
  private static final RunState STATE =
      new RunState(
          Occasion.STEPS,
          new EpochSums(0.1 + 0.2, 7, 1L << 40),
          new RunProgress(2, 1L << 33, 1),
          OptionalInt.of(5),
          Optional.of("20 samples, seed 42"),
          3,
          4);

  @Test
  void everyFieldComesBackFromJson() {
    assertThat(RunState.fromJson(STATE.toJson())).isEqualTo(STATE);
  }

  /** Checkpoints of before there were guides say nothing of one. */
  @Test
  void aReinforcedAttackComesBackFromJsonAndAnyOtherIsNotMentioned() {
    RunProgress reinforced = new RunProgress(2, 1L << 33, 1, true);
    assertThat(RunProgress.fromJson(reinforced.toJson())).isEqualTo(reinforced);
    assertThat(reinforced.withRollbacks(3)).isEqualTo(new RunProgress(3, 1L << 33, 1, true));
    assertThat(STATE.progress().toJson().has("reinforced")).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void everyOccasionComesBackFromItsWord(Occasion occasion) {
    assertThat(Occasion.named(occasion.word())).isEqualTo(occasion);
  }

  @Test
  void aMissingFieldIsNamed() {
    assertThatThrownBy(() -> RunState.fromJson(STATE.toJson().without("guards")))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("guards");
  }

  @Test
  void theStringsOfTheFormerFormatAreRead() {
    Map<String, String> world =
        Map.of(
            "occasion", "steps",
            "epoch_loss_sum", Double.toHexString(0.1 + 0.2),
            "epoch_loss_steps", "7",
            "epoch_nanos", Long.toString(1L << 40),
            "rollbacks", "2",
            "skipped_steps", Long.toString(1L << 33),
            "skipped_in_epoch", "1",
            "steps_per_epoch", "5",
            "order", "20 samples, seed 42");
    RunState read = FormerRunState.read(Json.node(world));
    assertThat(read)
        .isEqualTo(
            new RunState(
                STATE.occasion(),
                STATE.sums(),
                STATE.progress(),
                STATE.stepsPerEpoch(),
                STATE.order(),
                0,
                0));
  }

  @Test
  void whatTheFormerFormatDoesNotSayDidNotHappen() {
    assertThat(FormerRunState.read(Json.node(Map.of("workers", "2", "replicas", "3"))))
        .isEqualTo(
            new RunState(
                Occasion.EPOCH,
                EpochSums.NONE,
                RunProgress.NONE,
                OptionalInt.empty(),
                Optional.empty(),
                2,
                3));
  }

  @Test
  void everyRollbackHalvesTheRates() {
    assertThat(RunProgress.NONE.rateScale()).isEqualTo(1);
    assertThat(new RunProgress(2, 5, 1).rateScale()).isEqualTo(0.25);
  }

  @Test
  void aRunThatWasKilledHasNotForgottenItsRollbacks() {
    assertThat(new RunProgress(0, 1, 0).withRollbacks(2)).isEqualTo(new RunProgress(2, 1, 0));
    assertThat(new RunProgress(3, 1, 0).withRollbacks(2)).isEqualTo(new RunProgress(3, 1, 0));
  }
}
