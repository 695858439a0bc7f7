package io.robusttrain.train.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When a run with fewer workers than planned takes more. */
class GrowthTest {
  private int usable = 64;
  private int asked;
  private final Growth growth =
      new Growth(
          64,
          () -> {
            asked++;
            return usable;
          });

  @Test
  void aWholeRunDoesNotEvenAsk() {
    assertThat(growth.saved(64)).isFalse();
    assertThat(asked).isZero();
    assertThat(growth.afterLoss()).isEqualTo(64);
  }

  @Test
  void growsOnlyToMoreThanThereAre() {
    usable = 32;
    assertThat(growth.saved(32)).isFalse();
    usable = 0;
    assertThat(growth.saved(32)).as("all have gone, and nobody has noticed yet").isFalse();
    usable = 64;
    assertThat(growth.saved(32)).isTrue();
    assertThat(growth.target()).isEqualTo(64);
    assertThat(growth.saved(64)).isFalse();
    assertThat(growth.afterLoss()).as("a loss as any other").isEqualTo(64);
  }

  /** They were seen, and had gone when the run began again. */
  @Test
  void aGrowthThatFoundNobodyLetsMoreAndMoreCheckpointsPass() {
    assertThat(growth.saved(32)).isTrue();
    assertThat(growth.saved(32)).isFalse();
    assertThat(growth.trying()).isFalse();
    assertThat(growth.saved(32)).isTrue();
    for (int i = 0; i < 3; i++) {
      assertThat(growth.saved(32)).as("pass %d", i).isFalse();
    }
    assertThat(growth.saved(32)).isTrue();
    assertThat(growth.saved(48)).as("some of them").isTrue();
  }

  @Test
  void goesBackToFewerAndLetsMoreAndMoreCheckpointsPass() {
    for (int passing : new int[] {0, 1, 3, 7}) {
      for (int i = 0; i < passing; i++) {
        assertThat(growth.saved(32)).isFalse();
      }
      assertThat(growth.saved(32)).isTrue();
      assertThat(growth.trying()).isTrue();
      assertThat(growth.afterLoss()).isEqualTo(32);
      assertThat(growth.trying()).isFalse();
    }
    for (int i = 0; i < 15; i++) {
      assertThat(growth.saved(32)).isFalse();
    }
    assertThat(growth.saved(32)).isTrue();
    assertThat(growth.saved(64)).as("proven").isFalse();
    assertThat(growth.saved(32)).as("lost later, and begun anew").isTrue();
  }
}
