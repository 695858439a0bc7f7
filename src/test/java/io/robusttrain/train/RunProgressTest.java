package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.checkpoint.ArchitectureCard;
import io.robusttrain.checkpoint.Provenance;
import io.robusttrain.checkpoint.TrainingState;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What checkpoints say of guards. */
class RunProgressTest {
  @Test
  void aRunWithoutAlarmsLeavesNoTrace() {
    assertThat(RunProgress.NONE.facts()).isEmpty();
    assertThat(RunProgress.of(state(Map.of()))).isEqualTo(RunProgress.NONE);
    assertThat(RunProgress.NONE.rateScale()).isEqualTo(1);
  }

  @Test
  void comesBackFromACheckpoint() {
    RunProgress progress = new RunProgress(2, 5, 1);
    assertThat(RunProgress.of(state(progress.facts()))).isEqualTo(progress);
    assertThat(progress.rateScale()).isEqualTo(0.25);
  }

  @Test
  void aRunThatWasKilledHasNotForgottenItsRollbacks() {
    assertThat(new RunProgress(0, 1, 0).withRollbacks(2)).isEqualTo(new RunProgress(2, 1, 0));
    assertThat(new RunProgress(3, 1, 0).withRollbacks(2)).isEqualTo(new RunProgress(3, 1, 0));
  }

  private static TrainingState state(Map<String, String> world) {
    return TrainingState.of(
        1,
        5,
        42,
        ArchitectureCard.of("resnet18", Map.of()),
        world,
        Optional.empty(),
        "",
        Provenance.of(Map.of()));
  }
}
