package io.robusttrain.objective.mix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.Pixels;
import io.robusttrain.objective.mix.Mixup.Mixing;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Numeric
class MixupTest {
  private static final int NEVER = Integer.MAX_VALUE;
  private static final Mixup BOTH = new Mixup(0.8, 1, 1, 0.5, NEVER);
  private static final SeedKey KEY = SeedKey.of(7);

  @BeforeAll
  static void start() {
    Arithmetic.start();
  }

  @Test
  void blendsEachImageWithTheReversedBatch() {
    try (PointerScope scope = new PointerScope()) {
      Pixels pixels = pixels(3, 2, 2);
      float[] x = Tensors.toArray(pixels.tensor());
      Mixup.Mixed mixed = Mixup.apply(new Mixing.Blend(0.25), pixels, labels(0, 1, 2));
      float[] result = Tensors.toArray(mixed.pixels().tensor());
      int image = 3 * 2 * 2;
      for (int i = 0; i < x.length; i++) {
        int partner = (2 - i / image) * image + i % image;
        // Two products and a sum of at most 1, rounded together or one by one.
        assertThat(result[i])
            .isCloseTo(0.25f * x[i] + 0.75f * x[partner], within((float) (4 * Rounding.UNIT)));
      }
      assertThat(Tensors.toArray(mixed.targets().labels())).containsExactly(2, 1, 0);
      assertThat(mixed.targets().mixture().orElseThrow().share()).isEqualTo(0.25);
      assertThat(Tensors.toArray(pixels.tensor())).as("the input stays").isEqualTo(x);
    }
  }

  @Test
  void cutsABoxAndCorrectsTheShareToIt() {
    try (PointerScope scope = new PointerScope()) {
      Pixels pixels = pixels(2, 4, 5);
      float[] x = Tensors.toArray(pixels.tensor());
      Mixup.Mixed mixed = Mixup.apply(new Mixing.Cut(1, 3, 2, 5), pixels, labels(4, 5));
      float[] result = Tensors.toArray(mixed.pixels().tensor());
      int image = 3 * 4 * 5;
      for (int i = 0; i < x.length; i++) {
        int row = i / 5 % 4;
        int column = i % 5;
        boolean inside = row >= 1 && row < 3 && column >= 2;
        assertThat(result[i]).isEqualTo(inside ? x[(i + image) % x.length] : x[i]);
      }
      assertThat(mixed.targets().mixture().orElseThrow().share())
          .isCloseTo(1 - 6 / 20.0, within(1e-12));
      assertThat(Tensors.toArray(mixed.targets().labels())).containsExactly(4, 5);
      assertThat(Tensors.toArray(pixels.tensor())).as("the input stays").isEqualTo(x);
    }
  }

  @Test
  void drawsFollowTheirKey() {
    assertThat(BOTH.draw(KEY, 32, 32)).isEqualTo(BOTH.draw(KEY, 32, 32));
    assertThat(BOTH.draw(KEY, 32, 32)).isNotEqualTo(BOTH.draw(KEY.with(1), 32, 32));
  }

  @Test
  void switchesAndBoxesHaveTheirShares() {
    int draws = 20_000;
    Mixup often = new Mixup(0.8, 1, 0.9, 0.3, NEVER);
    int none = 0;
    int cuts = 0;
    double blended = 0;
    double kept = 0;
    for (int i = 0; i < draws; i++) {
      Mixing mixing = often.draw(KEY.with(i), 224, 224);
      if (mixing instanceof Mixing.Cut cut) {
        cuts++;
        assertThat(cut.top()).isBetween(0, cut.bottom());
        assertThat(cut.bottom()).isLessThanOrEqualTo(224);
        kept += 1 - (cut.bottom() - cut.top()) * (cut.right() - cut.left()) / (224.0 * 224);
      } else if (mixing instanceof Mixing.Blend blend) {
        blended += blend.share();
      } else {
        none++;
      }
    }
    assertThat(none / (double) draws).isCloseTo(0.1, within(0.01));
    assertThat(cuts / (double) draws).isCloseTo(0.9 * 0.3, within(0.015));
    assertThat(blended / (draws - none - cuts)).isCloseTo(0.5, within(0.01));
    // The uncut box has half of the area on average. With r the root of its share, uniform, the
    // border leaves (1 - r/4) of each side: E[r^2 (1 - r/4)^2] for r^2 uniform on [0,1].
    double box = 1 / 2.0 - 2 / 4.0 * (2 / 5.0) + 1 / 16.0 * (1 / 3.0);
    assertThat(kept / cuts).isCloseTo(1 - box, within(0.015));
  }

  @Test
  void mixesOnlyAsOftenAndAsLongAsItShould() {
    try (PointerScope scope = new PointerScope()) {
      Pixels pixels = pixels(2, 4, 4);
      Tensor labels = labels(0, 1);
      Mixup early = new Mixup(1, 0, 1, 0, 3);
      assertThat(early.mix(pixels, labels, KEY, 2).targets().mixture()).isPresent();
      assertThat(early.mix(pixels, labels, KEY, 3).targets().mixture()).isEmpty();
      assertThat(early.mix(pixels, labels, KEY, 3).pixels()).isSameAs(pixels);
      assertThat(new Mixup(1, 0, 0, 0, NEVER).mix(pixels, labels, KEY, 0).pixels())
          .isSameAs(pixels);
    }
    assertThat(new Mixup(1, 0, 1, 1, NEVER).draw(KEY, 8, 8)).isInstanceOf(Mixing.Blend.class);
    assertThat(new Mixup(0, 1, 1, 0, NEVER).draw(KEY, 8, 8)).isInstanceOf(Mixing.Cut.class);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.2, 0.8, 1, 2, 8})
  void betaHasItsMoments(double shape) {
    SplittableRandom random = new SplittableRandom(11);
    SymmetricBeta beta = new SymmetricBeta(shape);
    int draws = 40_000;
    double sum = 0;
    double squares = 0;
    double fourths = 0;
    for (int i = 0; i < draws; i++) {
      double value = beta.draw(random);
      assertThat(value).isBetween(0.0, 1.0);
      double centred = value - 0.5;
      sum += centred;
      squares += centred * centred;
      fourths += Math.pow(centred, 4);
    }
    double variance = 1 / (4 * (2 * shape + 1));
    double excess = -6 / (2 * shape + 3);
    assertThat(sum / draws).isCloseTo(0, within(0.01));
    assertThat(squares / draws).isCloseTo(variance, within(0.03 * variance));
    assertThat(fourths / draws / (variance * variance)).isCloseTo(3 + excess, within(0.1));
  }

  @Test
  void refusesWhatMixesNothing() {
    assertThatThrownBy(() -> new Mixup(0, 0, 1, 0.5, NEVER))
        .hasMessage("mixing needs alpha or cutmix-alpha above 0");
    assertThatThrownBy(() -> new Mixup(1, 0, 2, 0.5, NEVER))
        .hasMessage("probabilities must lie in [0,1]: 2.0 and 0.5");
  }

  private static Pixels pixels(int count, int height, int width) {
    return Pixels.of(Tensors.uniform(KEY, 0, 1, ComputeDevice.CPU, count, 3, height, width));
  }

  private static Tensor labels(int... classes) {
    return Tensors.labels(classes, ComputeDevice.CPU);
  }
}
