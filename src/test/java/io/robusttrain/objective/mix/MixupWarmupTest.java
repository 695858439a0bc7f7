package io.robusttrain.objective.mix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.oracle.Numeric;
import io.robusttrain.schedule.StrengthWarmup;
import io.robusttrain.tensor.SeedKey;
import org.junit.jupiter.api.Test;

/** The probability of mixing grows over the first epochs. */
@Numeric
class MixupWarmupTest {
  @Test
  void theProbabilityGrows() {
    Mixup mixup = new Mixup(0.8, 1, 0.9, 0.5, 100, new StrengthWarmup(10));
    assertThat(mixup.inEpoch(0).probability()).isCloseTo(0.1, within(1e-12));
    assertThat(mixup.inEpoch(6).probability()).isCloseTo(0.6, within(1e-12));
    assertThat(mixup.inEpoch(9)).isEqualTo(new Mixup(0.8, 1, 0.9, 0.5, 100));
    int mixed = 0;
    for (int i = 0; i < 2000; i++) {
      Mixup.Mixing mixing = mixup.inEpoch(5).draw(SeedKey.of(i), 8, 8);
      mixed += mixing instanceof Mixup.Mixing.None ? 0 : 1;
    }
    assertThat(mixed).isBetween(910, 1090); // 1/2
  }

  @Test
  void withoutAWarmUpEveryEpochIsTheSame() {
    Mixup mixup = new Mixup(0.8, 1, 0.9, 0.5, 100);
    assertThat(mixup.inEpoch(0)).isEqualTo(mixup).isEqualTo(mixup.inEpoch(50));
  }
}
