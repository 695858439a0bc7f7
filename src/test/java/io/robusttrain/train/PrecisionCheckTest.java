package io.robusttrain.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.config.AmpConfig;
import io.robusttrain.config.value.ConfigException;
import org.junit.jupiter.api.Test;

class PrecisionCheckTest {
  @Test
  void saysWhatWasMeasured() {
    assertThat(PrecisionCheck.judge(times(0.5, 0.25), AmpConfig.Slower.FAIL))
        .isEqualTo(
            "amp        forward and backward of 8 images: 0.250 s with bf16, 0.500 s with fp32, 2.00 times as fast");
    assertThat(PrecisionCheck.judge(times(0.2, 0.5), AmpConfig.Slower.WARN))
        .contains("WARNING: bf16 is slower here; amp.dtype=none is faster", "0.40 times as fast");
  }

  @Test
  void refusesToBeSlowerIfAsked() {
    assertThatThrownBy(() -> PrecisionCheck.judge(times(0.2, 0.5), AmpConfig.Slower.FAIL))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("amp.dtype: is bf16, which is slower here")
        .hasMessageContaining("0.500 s with bf16, 0.200 s with fp32")
        .hasMessageContaining("use amp.dtype=none, or amp.slower=warn");
  }

  private static PrecisionCheck.Times times(double fp32, double bf16) {
    return new PrecisionCheck.Times(8, fp32, bf16);
  }
}
