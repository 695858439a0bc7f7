package io.robusttrain.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNamesTest {
  @ParameterizedTest
  @CsvSource({"'', '', 0", "abc, abc, 0", "abc, '', 3", "kitten, sitting, 3", "lr, rl, 2"})
  void countsTheLettersToChange(String a, String b, int distance) {
    assertThat(NearestNames.distance(a, b)).isEqualTo(distance);
    assertThat(NearestNames.distance(b, a)).isEqualTo(distance);
  }

  @Test
  void namesThreeTheMostSimilarFirstAndEqualOnesInOrder() {
    assertThat(NearestNames.to("resnet5", List.of("vit", "resnet50", "resnet18", "resnet56")))
        .containsExactly("resnet50", "resnet56", "resnet18");
  }
}
