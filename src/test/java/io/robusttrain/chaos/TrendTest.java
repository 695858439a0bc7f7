package io.robusttrain.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TrendTest {
  @Test
  void theSlopeOfALineIsItsSlope() {
    Trend trend = new Trend();
    for (int i = 0; i < 10; i++) {
      trend.add(i, 100 - 3 * i);
    }
    assertThat(trend.slope()).isCloseTo(-3, within(1e-12));
    assertThat(trend.median()).isEqualTo(88);
    assertThat(trend.largest()).isEqualTo(100);
    assertThat(trend.from(5).first()).isEqualTo(85);
    assertThat(trend.from(5).span()).isEqualTo(4);
  }

  @Test
  void onePointHasNoSlope() {
    Trend trend = new Trend();
    trend.add(1, 2);
    assertThat(trend.slope()).isNaN();
    assertThat(new Trend().isEmpty()).isTrue();
  }
}
