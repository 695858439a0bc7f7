package io.robusttrain.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.image.TestImages;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.schedule.StrengthWarmup;
import io.robusttrain.tensor.RandomStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Laws of the random draws over many keys, and what they must not touch. */
@Numeric
class StrongAugmentationTest {
  private static final Filling FILLING = new Filling(124, 116, 104, Filling.Kernels.RANDOM);
  private static final int DRAWS = 20_000;

  @ParameterizedTest
  @CsvSource({
    // operation, severity, arguments at magnitude 9 as timm 1.0.29 gives them (or their negative)
    "ROTATE, INCREASING, 27, -27",
    "POSTERIZE, INCREASING, 1, 1",
    "POSTERIZE, PLAIN, 3, 3",
    "SOLARIZE, INCREASING, 26, 26",
    "SOLARIZE, PLAIN, 230, 230",
    "SOLARIZE_ADD, INCREASING, 99, 99",
    "COLOR, INCREASING, 1.81, 0.19",
    "CONTRAST, INCREASING, 1.81, 0.19",
    "BRIGHTNESS, PLAIN, 1.72, 1.72",
    "SHARPNESS, INCREASING, 1.81, 0.19",
    "SHEAR_X, INCREASING, 0.27, -0.27",
    "SHEAR_Y, PLAIN, 0.27, -0.27",
    "TRANSLATE_X_REL, INCREASING, 0.405, -0.405",
    "TRANSLATE_Y_REL, PLAIN, 0.405, -0.405"
  })
  void magnitudeNineHasTimmsArguments(
      AugmentationOperation operation, Severity severity, double one, double other) {
    RandomStream random = RandomStream.of(1, operation.name().length());
    int ones = 0;
    for (int i = 0; i < 2000; i++) {
      double found = operation.argument(9, severity, random);
      boolean isOne = Math.abs(found - one) < 1e-12;
      assertThat(isOne || Math.abs(found - other) < 1e-12).as("argument %s", found).isTrue();
      ones += isOne ? 1 : 0;
    }
    assertThat(ones)
        .satisfiesAnyOf(
            all -> assertThat(one == other && all == 2000).isTrue(),
            half -> assertThat(half).isBetween(910, 1090));
  }

  @Test
  void enhancementsStayAboveATenth() {
    for (int i = 0; i < 100; i++) {
      double factor =
          AugmentationOperation.COLOR.argument(10, Severity.INCREASING, RandomStream.of(i));
      assertThat(factor).isGreaterThanOrEqualTo(0.1 - 1e-12).isLessThanOrEqualTo(1.9 + 1e-12);
    }
  }

  @Test
  void magnitudesAreNormalAndLimited() {
    double[] drawn = magnitudes(randAugment(9, 0.5, 10));
    // min(10, N(9, 0.5)): mean 9 - 0.5 * 0.00849, 2.275 % at the limit.
    assertThat(mean(drawn)).isCloseTo(8.9958, within(0.012));
    assertThat(deviation(drawn)).isCloseTo(0.487, within(0.012));
    assertThat(Arrays.stream(drawn).filter(m -> m == 10).count()).isBetween(370L, 540L);
    assertThat(Arrays.stream(drawn).max().orElseThrow()).isEqualTo(10);
    assertThat(Arrays.stream(magnitudes(randAugment(9, 0, 10)))).containsOnly(9.0);
    double[] uniform = magnitudes(randAugment(9, Double.POSITIVE_INFINITY, 10));
    assertThat(mean(uniform)).isCloseTo(4.5, within(0.08));
    assertThat(deviation(uniform)).isCloseTo(9 / Math.sqrt(12), within(0.04));
    assertThat(Arrays.stream(magnitudes(randAugment(0, 0.5, 10))).filter(m -> m == 0).count())
        .isBetween(9_700L, 10_300L);
  }

  @Test
  void twoLayersAtOneHalfLeaveAQuarterAlone() {
    RandAugment policy = randAugment(9, 0.5, 10);
    int unchanged = 0;
    int moved = 0;
    for (int i = 0; i < 4000; i++) {
      RgbImage image = noise(8);
      byte[] before = image.samples().clone();
      RgbImage after = policy.apply(image, RandomStream.of(5, i));
      unchanged += Arrays.equals(before, after.samples()) ? 1 : 0;
      // What moves pixels makes new samples; what maps values works in place.
      moved += after.samples() == image.samples() ? 0 : 1;
    }
    // 1/4, and inverting twice or a curve that leaves the noise as it is: a few more.
    assertThat(unchanged).isBetween(920, 1240);
    // Some layer moves pixels in 1 - (1 - 5/30)^2 = 30.6 % of all.
    assertThat(moved).isBetween(1105, 1340);
  }

  @ParameterizedTest
  @EnumSource(AugmentationOperation.class)
  void operationsKeepTheSizeOfAnyImage(AugmentationOperation operation) {
    for (int side : new int[] {1, 2, 3, 17}) {
      for (double magnitude : new double[] {0, 5, 10}) {
        RandomStream random = RandomStream.of(side);
        RgbImage image = noise(side);
        double argument = operation.argument(magnitude, Severity.INCREASING, random);
        RgbImage found = operation.apply(image, argument, FILLING, random);
        assertThat(found.samples()).hasSize(3 * side * side);
      }
    }
  }

  @Test
  void threeAugmentTakesEachOfItsThree() {
    int[] counts = new int[3];
    RgbImage source = noise(6);
    byte[] solarized = copy(source).samples();
    for (int i = 0; i < solarized.length; i++) {
      int v = solarized[i] & 0xff;
      solarized[i] = (byte) (v < 128 ? v : 255 - v);
    }
    for (int i = 0; i < 3000; i++) {
      RgbImage image = new ThreeAugment(1).apply(copy(source), RandomStream.of(9, i));
      byte[] p = image.samples();
      boolean grey = true;
      for (int j = 0; j < p.length; j += 3) {
        grey &= p[j] == p[j + 1] && p[j] == p[j + 2];
      }
      counts[Arrays.equals(p, solarized) ? 0 : grey ? 1 : 2]++;
    }
    assertThat(Arrays.stream(counts)).allMatch(count -> count > 900 && count < 1100);
    ThreeAugment half = new ThreeAugment(1).atStrength(0.5);
    assertThat(half.probability()).isEqualTo(0.5);
  }

  @Test
  void erasedRectanglesHaveTheStatedLaw() {
    RandomErasing erasing =
        new RandomErasing(0.25, RandomErasing.Mode.CONST, 1, new ErasingNoise.UnitInterval());
    int erased = 0;
    double area = 0;
    for (int i = 0; i < 8000; i++) {
      byte[] samples = white(64);
      erasing.apply(samples, 0, 64, RandomStream.of(2, i));
      int zeros = zeros(samples, 0, 64 * 64);
      assertThat(zeros(samples, 64 * 64, 64 * 64)).isEqualTo(zeros);
      erased += zeros > 0 ? 1 : 0;
      area += zeros / (64.0 * 64.0);
    }
    assertThat(erased).isBetween(1845, 2155); // 2000 +- 4 standard deviations
    // 20 000 draws of timm's rule in Python have the mean 0.1756 (long large ones do not fit).
    assertThat(area / erased).isBetween(0.167, 0.184);
  }

  @Test
  void severalRectanglesShareTheArea() {
    RandomErasing erasing =
        new RandomErasing(1, RandomErasing.Mode.CONST, 4, new ErasingNoise.UnitInterval());
    for (int i = 0; i < 500; i++) {
      byte[] samples = white(32);
      erasing.apply(samples, 0, 32, RandomStream.of(4, i));
      assertThat(zeros(samples, 0, 1024)).isPositive().isLessThan(1024 * 4 / 9);
    }
  }

  @Test
  void noiseOfTheUnitIntervalIsATruncatedNormal() {
    double[] drawn = new double[DRAWS];
    RandomStream random = RandomStream.of(12);
    ErasingNoise noise = new ErasingNoise.UnitInterval();
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = (noise.draw(0, random) & 0xff) / 255.0;
    }
    assertThat(mean(drawn)).isCloseTo(0.5, within(0.006));
    // Truncated at 2 standard deviations: 0.25 * 0.8796.
    assertThat(deviation(drawn)).isCloseTo(0.2199, within(0.004));
    assertThat(Arrays.stream(drawn).filter(v -> v == 0).count()).isLessThan(30);
  }

  @Test
  void timmsNoiseIsNormalAroundTheMean() {
    ErasingNoise noise =
        new ErasingNoise.Normalized(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));
    assertThat(noise.constant(0)).isEqualTo((byte) 124);
    assertThat(noise.constant(2)).isEqualTo((byte) 104);
    RandomStream random = RandomStream.of(3);
    double[] drawn = new double[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
      drawn[i] = (noise.draw(1, random) & 0xff) / 255.0;
    }
    assertThat(mean(drawn)).isCloseTo(0.458, within(0.007));
    assertThat(deviation(drawn)).isCloseTo(0.219, within(0.006));
  }

  @Test
  void oneColourForARectangleOrOneForEachPixel() {
    for (RandomErasing.Mode mode : RandomErasing.Mode.values()) {
      byte[] samples = new byte[3 * 64 * 64];
      Arrays.fill(samples, (byte) 255);
      new RandomErasing(1, mode, 1, new ErasingNoise.UnitInterval())
          .apply(samples, 0, 64, RandomStream.of(21));
      boolean[] levels = new boolean[256];
      for (int i = 0; i < 64 * 64; i++) {
        levels[samples[i] & 0xff] = true;
      }
      int colours = 0;
      for (boolean level : levels) {
        colours += level ? 1 : 0;
      }
      assertThat(colours).as("%s", mode).isBetween(mode == RandomErasing.Mode.PIXEL ? 20 : 2, 256);
      if (mode != RandomErasing.Mode.PIXEL) {
        assertThat(colours).isEqualTo(2);
      }
    }
  }

  @Test
  void theWarmUpIsTheLadderOfBaiEtAl() {
    RandAugment full = randAugment(9, 0.5, 10);
    StrengthWarmup warmup = new StrengthWarmup(10);
    double[] ladder = {1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9};
    for (int epoch = 0; epoch < ladder.length; epoch++) {
      assertThat(full.atStrength(warmup.at(epoch)).magnitude())
          .isCloseTo(ladder[epoch], within(1e-12));
    }
    assertThat(new StrengthWarmup(0).at(0)).isEqualTo(1);
    assertThat(new StrengthWarmup(1).at(0)).isEqualTo(1);
    StrongAugmentation strong =
        new StrongAugmentation(
            0,
            full,
            2,
            new RandomErasing(0.25, RandomErasing.Mode.PIXEL, 1, new ErasingNoise.UnitInterval()),
            new StrengthWarmup(5));
    assertThat(strong.atEpoch(2).erasing().probability()).isEqualTo(0.125);
    assertThat(strong.atEpoch(2).rotation()).isEqualTo(2);
    assertThat(strong.atEpoch(4).policy()).isEqualTo(full);
  }

  @Test
  void flipsComeBeforeWhatMovesPixels() {
    // With rotation 1e-9 the flip takes the other way and must give the same pixels.
    RgbImage image = TestImages.png("/transforms/ops/source.png");
    for (int key = 0; key < 50; key++) {
      byte[] light = new byte[3 * 24 * 24];
      byte[] strong = new byte[3 * 24 * 24];
      transform(StrongAugmentation.NONE).apply(image, RandomStream.of(key), light, 0);
      StrongAugmentation turned =
          new StrongAugmentation(
              0, new AugmentationPolicy.None(), 1e-9, RandomErasing.NONE, new StrengthWarmup(0));
      transform(turned).apply(image, RandomStream.of(key), strong, 0);
      assertThat(strong).isEqualTo(light);
    }
  }

  @Test
  void verticalFlipsComeAtTheirRate() {
    RgbImage image = TestImages.png("/transforms/pad4_crop_y3_x6_32.png");
    StrongAugmentation flips =
        new StrongAugmentation(
            0.25, new AugmentationPolicy.None(), 0, RandomErasing.NONE, new StrengthWarmup(0));
    TrainTransform transform =
        new TrainTransform(
            32, new CropPolicy.Padded(0), Interpolation.BICUBIC, 0, ColorJitter.NONE, flips);
    RgbImage mirrored = copy(image);
    PixelMoves.flipRows(mirrored);
    byte[] expected = new byte[3 * 32 * 32];
    PixelMoves.writePlanar(mirrored, PixelMoves.RowDirection.AS_IS, expected, 0);
    int count = 0;
    byte[] out = new byte[3 * 32 * 32];
    for (int i = 0; i < 4000; i++) {
      transform.apply(image, RandomStream.of(6, i), out, 0);
      count += Arrays.equals(out, expected) ? 1 : 0;
    }
    assertThat(count).isBetween(890, 1110);
  }

  @Test
  void gaussianDrawsAreStandardNormal() {
    RandomStream random = RandomStream.of(8);
    double[] drawn = new double[100_000];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = random.nextGaussian();
    }
    assertThat(mean(drawn)).isCloseTo(0, within(0.013));
    assertThat(deviation(drawn)).isCloseTo(1, within(0.01));
    assertThat(Arrays.stream(drawn).filter(v -> Math.abs(v) > 1.959964).count())
        .isBetween(4_720L, 5_280L);
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> randAugment(-1, 0, 10)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ThreeAugment(2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Filling(256, 0, 0, Filling.Kernels.RANDOM))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new StrengthWarmup(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () ->
                new RandomErasing(0.5, RandomErasing.Mode.RAND, 0, new ErasingNoise.UnitInterval()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static RandAugment randAugment(double magnitude, double deviation, double maximum) {
    return new RandAugment(2, 0.5, magnitude, deviation, maximum, Severity.INCREASING, FILLING);
  }

  private static double[] magnitudes(RandAugment policy) {
    double[] drawn = new double[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
      drawn[i] = policy.drawMagnitude(RandomStream.of(7, i));
    }
    return drawn;
  }

  private static TrainTransform transform(StrongAugmentation strong) {
    return new TrainTransform(
        24,
        new CropPolicy.RandomResized(0.08, 1.0, 3.0 / 4.0, 4.0 / 3.0),
        Interpolation.BICUBIC,
        0.5,
        ColorJitter.of(0.4),
        strong);
  }

  private static RgbImage noise(int side) {
    RandomStream random = RandomStream.of(99, side);
    byte[] samples = new byte[3 * side * side];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) random.nextInt(256);
    }
    return new RgbImage(side, side, samples);
  }

  private static RgbImage copy(RgbImage image) {
    return new RgbImage(image.width(), image.height(), image.samples().clone());
  }

  private static byte[] white(int side) {
    byte[] samples = new byte[3 * side * side];
    Arrays.fill(samples, (byte) 255);
    return samples;
  }

  private static int zeros(byte[] samples, int from, int count) {
    int zeros = 0;
    for (int i = from; i < from + count; i++) {
      zeros += samples[i] == 0 ? 1 : 0;
    }
    return zeros;
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double deviation(double[] values) {
    double mean = mean(values);
    return Math.sqrt(
        Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow());
  }
}
