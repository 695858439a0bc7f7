package io.robusttrain.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.transform.StageListener.Stage;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.tensor.RandomStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is fast against what is plain, one image after the other in the same memory. */
@Numeric
class KeptMemoryTest {
  private final RandomStream random = RandomStream.of(17);

  @Test
  void resizesAnySizeAsPillowDefinesIt() {
    Workspace workspace = new Workspace();
    for (int i = 0; i < 60; i++) {
      RgbImage image = noise(1 + random.nextInt(150), 1 + random.nextInt(190));
      Region crop = part(image.width(), image.height());
      // Every axis keeps its size now and then.
      int width = i % 5 == 0 ? crop.width() : 1 + random.nextInt(90);
      int height = i % 7 == 0 ? crop.height() : 1 + random.nextInt(90);
      Interpolation filter = i % 2 == 0 ? Interpolation.BICUBIC : Interpolation.BILINEAR;
      RgbImage expected = StraightResize.of(image, crop, width, height, filter);
      RgbImage found =
          Resampler.resize(image, crop, target(filter, width, height, whole(expected)), workspace);
      assertThat(found.samples())
          .as("%s to %d x %d", crop, width, height)
          .isEqualTo(expected.samples());
      Region window = part(width, height);
      found = Resampler.resize(image, crop, target(filter, width, height, window), workspace);
      byte[] cut = new byte[found.samples().length];
      expected.read(window.left(), window.top(), window.width(), window.height(), cut);
      assertThat(found.samples()).as("%s of %d x %d", window, width, height).isEqualTo(cut);
    }
  }

  @Test
  void extremesDoNotOverflow() {
    // Black and white as a kernel weighs them heaviest: its negative parts on black.
    RgbImage image = noise(64, 70);
    for (int i = 0; i < image.samples().length; i++) {
      image.samples()[i] = (byte) (i / 3 % 7 < 4 ? 255 : 0);
    }
    Region whole = whole(image);
    for (int size : new int[] {9, 63, 65, 130}) {
      assertThat(Resampler.resize(image, size, size, Interpolation.BICUBIC).samples())
          .isEqualTo(StraightResize.of(image, whole, size, size, Interpolation.BICUBIC).samples());
    }
  }

  @Test
  void anImageDoesNotDependOnTheOnesBefore() {
    for (CropPolicy crop :
        new CropPolicy[] {
          new CropPolicy.RandomResized(0.08, 1, 3.0 / 4, 4.0 / 3), new CropPolicy.Padded(9)
        }) {
      TrainTransform transform =
          new TrainTransform(
              24, crop, Interpolation.BICUBIC, 0.5, ColorJitter.of(0.4), StrongAugmentation.NONE);
      Workspace workspace = new Workspace();
      for (int i = 0; i < 30; i++) {
        RgbImage image = noise(24 + random.nextInt(70), 24 + random.nextInt(70));
        byte[] before = image.samples().clone();
        byte[] fresh = new byte[3 * 24 * 24];
        byte[] kept = new byte[3 * 24 * 24];
        transform.apply(image, RandomStream.of(5, i), fresh, 0);
        transform.apply(image, RandomStream.of(5, i), workspace, StageListener.NONE, kept, 0);
        assertThat(kept).isEqualTo(fresh);
        assertThat(image.samples()).isEqualTo(before);
      }
    }
  }

  @Test
  void stagesEndInTheirOrder() {
    TrainTransform transform =
        new TrainTransform(
            8,
            new CropPolicy.Padded(0),
            Interpolation.BICUBIC,
            0.5,
            ColorJitter.NONE,
            StrongAugmentation.NONE);
    List<Stage> stages = new ArrayList<>();
    transform.apply(
        noise(8, 8), RandomStream.of(1), new Workspace(), stages::add, new byte[192], 0);
    assertThat(stages)
        .containsExactly(
            Stage.CROP,
            Stage.FLIP,
            Stage.POLICY,
            Stage.JITTER,
            Stage.ROTATION,
            Stage.PLANES,
            Stage.ERASING);
  }

  @Test
  void saturationByTableIsTheBlendItself() {
    int withoutTable = 0;
    for (int i = 0; i < 400; i++) {
      // Also factors with short fractions, whose products end in whole numbers.
      float alpha = i % 4 == 0 ? (i - 100) / 64f : (float) random.nextDouble(-0.5, 2.5);
      withoutTable += ColorOps.shifts(alpha) == null ? 1 : 0;
      assertSaturated(alpha);
    }
    // Products that end right below a whole number: no table serves them.
    for (float alpha : new float[] {Math.nextDown(1f), Math.nextUp(-1f), Math.nextDown(0.5f)}) {
      assertThat(ColorOps.shifts(alpha)).as("%s", alpha).isNull();
      assertSaturated(alpha);
    }
    for (float alpha : new float[] {0, 1e9f, -1e9f, 40}) {
      assertSaturated(alpha);
    }
    assertThat(withoutTable).isLessThan(40);
  }

  @Test
  void noiseIsThatOfExactNormalDraws() {
    ErasingNoise unit = new ErasingNoise.UnitInterval();
    ErasingNoise normalized =
        new ErasingNoise.Normalized(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));
    RandomStream fast = RandomStream.of(23);
    RandomStream exact = RandomStream.of(23);
    for (int i = 0; i < 50_000; i++) {
      double value = -1;
      while (!(value >= 0 && value <= 1)) {
        value = 0.5 + 0.25 * exact.nextGaussian();
      }
      assertThat(unit.draw(0, fast)).isEqualTo((byte) Math.rint(255 * value));
      double pixel = 0.456 + 0.224 * exact.nextGaussian();
      assertThat(normalized.draw(1, fast))
          .isEqualTo((byte) Math.rint(255 * Math.max(0, Math.min(pixel, 1))));
    }
    assertThat(fast.nextLong()).isEqualTo(exact.nextLong());
  }

  @Test
  void anUncertainNormalDrawIsTheExactOne() {
    RandomStream fast = RandomStream.of(29);
    RandomStream exact = RandomStream.of(29);
    for (int i = 0; i < 20_000; i++) {
      assertThat(fast.nextGaussian(near -> true)).isEqualTo(exact.nextGaussian());
      assertThat(fast.nextGaussian(near -> false)).isCloseTo(exact.nextGaussian(), within(1e-12));
    }
  }

  private void assertSaturated(float alpha) {
    RgbImage found = noise(40, 40);
    byte[] expected = found.samples().clone();
    if (alpha != 1) {
      ColorOps.blendWithLuma(expected, alpha);
    }
    ColorOps.SATURATION.apply(found, alpha);
    assertThat(found.samples()).as("factor %s", alpha).isEqualTo(expected);
  }

  private static Resampler.Target target(
      Interpolation filter, int width, int height, Region window) {
    return new Resampler.Target(width, height, filter, window);
  }

  private Region part(int width, int height) {
    int columns = 1 + random.nextInt(width);
    int rows = 1 + random.nextInt(height);
    return new Region(
        random.nextInt(width - columns + 1), random.nextInt(height - rows + 1), columns, rows);
  }

  private static Region whole(RgbImage image) {
    return new Region(0, 0, image.width(), image.height());
  }

  private RgbImage noise(int width, int height) {
    byte[] samples = new byte[3 * width * height];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) random.nextLong();
    }
    return new RgbImage(width, height, samples);
  }
}
