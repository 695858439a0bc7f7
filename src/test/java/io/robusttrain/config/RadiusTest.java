package io.robusttrain.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RadiusTest {
  @Test
  void isReadAndWrittenIn255ths() {
    assertThat(Radius.linf("4/255")).isEqualTo(4 / 255.0);
    assertThat(Radius.linf(" 0.03 ")).isEqualTo(0.03);
    assertThat(Radius.linf("0")).isZero();
    assertThat(Radius.text(4 / 255.0)).isEqualTo("4/255");
    assertThat(Radius.text(0.5)).isEqualTo("0.5");
  }

  @Test
  void aNumberAboveOneNeedsAUnit() {
    assertThatThrownBy(() -> Radius.linf("4"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("4 is outside [0, 1], and pixels lie in [0,1]; did you mean 4/255?");
  }

  @Test
  void lengthsMayExceedOne() {
    assertThat(Radius.length("12")).isEqualTo(12);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "four", "-1/255", "NaN", "1/0"})
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> Radius.linf(text)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Radius.length(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
