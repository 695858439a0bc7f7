package io.robusttrain.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FiguresTest {
  @Test
  void aFractionIsAPercentageWithTwoDecimals() {
    assertThat(Figures.percent(0.12344)).isEqualTo("12.34 %");
    assertThat(Figures.percent(1)).isEqualTo("100.00 %");
    assertThat(Figures.percent(Double.NaN)).isEqualTo("-");
  }

  @Test
  void aClockCountsHoursBeyondADay() {
    assertThat(Figures.clock(Duration.ofMillis(3_723_999))).isEqualTo("1:02:03");
    assertThat(Figures.clock(Duration.ofHours(50))).isEqualTo("50:00:00");
  }

  @Test
  void onlyOneIsSingular() {
    assertThat(Figures.counted(0, "step")).isEqualTo("0 steps");
    assertThat(Figures.counted(1, "step")).isEqualTo("1 step");
    assertThat(Figures.counted(2, "step")).isEqualTo("2 steps");
  }
}
