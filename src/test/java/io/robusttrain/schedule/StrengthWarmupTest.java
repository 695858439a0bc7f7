package io.robusttrain.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class StrengthWarmupTest {
  @Test
  void tenEpochsAreTheLadderOfBaiEtAl() {
    double[] magnitudes = {1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9};
    for (int epoch = 0; epoch < magnitudes.length; epoch++) {
      assertThat(9 * new StrengthWarmup(10).at(epoch)).isCloseTo(magnitudes[epoch], within(1e-12));
    }
  }

  @Test
  void noneAndOneEpochAreFullStrengthAtOnce() {
    assertThat(StrengthWarmup.NONE.at(0)).isEqualTo(1);
    assertThat(new StrengthWarmup(1).at(0)).isEqualTo(1);
    assertThat(new StrengthWarmup(2).at(0)).isEqualTo(1);
    assertThat(new StrengthWarmup(3).at(0)).isEqualTo(0.5);
    assertThatThrownBy(() -> new StrengthWarmup(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
