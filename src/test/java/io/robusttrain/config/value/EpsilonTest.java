package io.robusttrain.config.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.ThreatModel.Norm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EpsilonTest {
  @Test
  void isReadAndWrittenIn255ths() {
    assertThat(Epsilon.parse(Norm.LINF, "4/255")).isEqualTo(4 / 255.0);
    assertThat(Epsilon.parse(Norm.LINF, " 0.03 ")).isEqualTo(0.03);
    assertThat(Epsilon.parse(Norm.LINF, "0")).isZero();
    assertThat(ThreatModel.text(4 / 255.0)).isEqualTo("4/255");
    assertThat(ThreatModel.text(0.5)).isEqualTo("0.5");
  }

  @Test
  void aNumberAboveOneNeedsAUnit() {
    assertThatThrownBy(() -> Epsilon.parse(Norm.LINF, "4"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("4 is outside [0, 1], and pixels lie in [0,1]; did you mean 4/255?");
  }

  @Test
  void lengthsMayExceedOne() {
    assertThat(Epsilon.parse(Norm.L2, "12")).isEqualTo(12);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "four", "-1/255", "NaN", "1/0"})
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> Epsilon.parse(Norm.LINF, text))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Epsilon.parse(Norm.L2, text))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
