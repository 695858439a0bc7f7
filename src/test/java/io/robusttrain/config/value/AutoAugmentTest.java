package io.robusttrain.config.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.config.AugmentConfig;
import io.robusttrain.config.read.ConfigLoader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** timm's notation of RandAugment and 3-Augment. */
class AutoAugmentTest {
  @ParameterizedTest
  @CsvSource({
    // What timm 1.0.29's rand_augment_transform makes of the text: m, n, p, mstd, mmax, inc.
    "rand, 10, 2, 0.5, 0, 10, false",
    "rand-m9-mstd0.5-inc1, 9, 2, 0.5, 0.5, 10, true",
    "rand-inc1-mstd0.5-m9, 9, 2, 0.5, 0.5, 10, true",
    "rand-m9-n3-mstd0.5, 9, 3, 0.5, 0.5, 10, false",
    "rand-m15-mmax20-p0.75-inc0, 15, 2, 0.75, 0, 20, false",
    "rand-m7-mstd101, 7, 2, 0.5, Infinity, 10, false"
  })
  void readsRandAugment(
      String text, int m, int n, double p, double std, int max, boolean increasing) {
    AutoAugment expected = new AutoAugment.Rand(m, n, p, std, max, increasing);
    assertThat(load(text)).isEqualTo(expected);
    assertThat(load(expected.text())).isEqualTo(expected);
  }

  @Test
  void readsThreeAugment() {
    assertThat(load("3a")).isEqualTo(new AutoAugment.ThreeAugment());
    assertThat(ConfigLoader.defaults().augment().aa().isSet()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "w0",
        "tweights",
        "m",
        "m-1",
        "m9.5",
        "mstd",
        "mstdx",
        "p1.5",
        "inc2",
        "inc",
        "n0",
        "",
        "M9"
      })
  void otherPartsAreRefusedWithThoseThatThereAre(String part) {
    assertThatThrownBy(() -> load("rand-" + part))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("augment.aa: rand-" + part + " has the part '")
        .hasMessageContaining(
            "RandAugment takes m<0..100>, n<1..16>, p<0..1>, mstd<0...>, mmax<1..100> and inc<0|1>");
  }

  @Test
  void colourJitterGivesWayToRandAugmentOnly() {
    assertThat(config("augment.aa=none").jitters()).isTrue();
    assertThat(config("augment.aa=3a").jitters()).isTrue();
    assertThat(config("augment.aa=rand-m9").jitters()).isFalse();
  }

  private static AutoAugment load(String text) {
    return config("augment.aa=\"" + text + "\"").aa().get();
  }

  private static AugmentConfig config(String override) {
    return ConfigLoader.load(List.of(), List.of(override)).augment();
  }
}
