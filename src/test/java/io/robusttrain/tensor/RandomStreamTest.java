package io.robusttrain.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Recorded runs, evaluations and data sets depend on every number here. */
class RandomStreamTest {
  @Test
  void randomNumbersAreUniformAndKeyed() {
    RandomStream random = RandomStream.of(1, 2, 3);
    int[] counts = new int[7];
    double sum = 0;
    for (int i = 0; i < 70_000; i++) {
      counts[random.nextInt(7)]++;
      sum += random.nextDouble();
    }
    assertThat(Arrays.stream(counts).allMatch(count -> count > 9_600 && count < 10_400)).isTrue();
    assertThat(sum / 70_000).isBetween(0.495, 0.505);
    assertThat(RandomStream.of(1, 2, 3).nextLong()).isEqualTo(RandomStream.of(1, 2, 3).nextLong());
    assertThat(RandomStream.of(1, 2, 3).nextLong())
        .isNotEqualTo(RandomStream.of(1, 3, 2).nextLong())
        .isNotEqualTo(RandomStream.of(0, 1, 2, 3).nextLong());
  }

  @Test
  void splitMixIsThePublishedGenerator() {
    // An empty key is state 0; the published first outputs of SplitMix64 seeded with 0.
    RandomStream random = RandomStream.of();
    assertThat(random.nextLong()).isEqualTo(0xe220a8397b1dcdafL);
    assertThat(random.nextLong()).isEqualTo(0x6e789e6aa1b965f4L);
    assertThat(random.nextLong()).isEqualTo(0x06c45d188009454fL);
  }

  @Test
  void wordsOfAKeyAreMixedInAsRecordedRunsHaveIt() {
    RandomStream random = RandomStream.of(42, 3, 1000);
    assertThat(random.nextLong()).isEqualTo(7512517733254767413L);
    assertThat(random.nextLong()).isEqualTo(-4789729586904408422L);
    assertThat(SeedKey.of(7).with(5).value()).isEqualTo(8069289714798191779L);
  }

  @Test
  void boundsAndSignsTakeOneDrawEachAsRecordedAttacksHaveIt() {
    RandomStream random = SeedKey.of(7).stream();
    assertThat(IntStream.range(0, 8).map(i -> random.below(224)))
        .containsExactly(161, 145, 123, 135, 77, 40, 205, 202);
    assertThat(IntStream.range(0, 8).map(i -> random.nextSign()))
        .containsExactly(-1, 1, -1, 1, 1, 1, -1, -1);
    assertThat(random.below(1)).isZero();
  }
}
