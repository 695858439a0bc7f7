package io.robusttrain.data.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.image.TestImages;
import io.robusttrain.oracle.Numeric;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bit-exact against timm's operations on Pillow 12.3, from synthetic images. */
@Numeric
class PillowOperationsTest {
  private static final byte[] FILL = {124, 116, 104};

  @Test
  void curvesFromTheHistogramEqualPillows() {
    assertInPlace("source", ToneCurves::autoContrast, "auto_contrast");
    assertInPlace("source", ToneCurves::equalize, "equalize");
    assertInPlace("source", ToneCurves::invert, "invert");
    for (String special : new String[] {"tiny", "flat"}) {
      assertInPlace(special, ToneCurves::autoContrast, special + "_auto_contrast");
      assertInPlace(special, ToneCurves::equalize, special + "_equalize");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4, 7})
  void posterizeEqualsPillows(int bits) {
    assertInPlace("source", image -> ToneCurves.posterize(image, bits), "posterize_" + bits);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 26, 128, 256})
  void solarizeEqualsPillows(int threshold) {
    assertInPlace(
        "source", image -> ToneCurves.solarize(image, threshold), "solarize_" + threshold);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 99, 110, 128})
  void solarizeAddEqualsTimms(int addend) {
    assertInPlace(
        "source", image -> ToneCurves.solarizeAdd(image, addend), "solarize_add_" + addend);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.1", "0.19", "1.0", "1.81", "1.9"})
  void enhancementsEqualPillows(String factor) {
    double f = Double.parseDouble(factor);
    assertInPlace("source", image -> ColorOps.SATURATION.apply(image, f), "color_" + factor);
    assertInPlace("source", image -> ColorOps.CONTRAST.apply(image, f), "contrast_" + factor);
    assertInPlace("source", image -> ColorOps.BRIGHTNESS.apply(image, f), "brightness_" + factor);
    assertInPlace("source", image -> Sharpness.apply(image, f), "sharpness_" + factor);
  }

  @Test
  void smallImagesKeepTheirRimAndAreBlurred() {
    assertInPlace("tiny", image -> Sharpness.apply(image, 1.9), "tiny_sharpness");
    assertInPlace("tiny", image -> GaussianBlur.apply(image, 2), "tiny_blur");
    assertInPlace("source", image -> ColorOps.SATURATION.apply(image, 0), "grey");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.1", "0.35", "0.9", "1.5", "2.0"})
  void blursEqualPillows(String deviation) {
    assertInPlace(
        "source",
        image -> GaussianBlur.apply(image, Double.parseDouble(deviation)),
        "blur_" + deviation);
  }

  @ParameterizedTest
  @CsvSource({"0.27", "-0.13", "0.3"})
  void shearsEqualPillows(String factor) {
    double f = Double.parseDouble(factor);
    assertWarped(image -> Warp.shearX(f), "shear_x_" + factor);
    assertWarped(image -> Warp.shearY(f), "shear_y_" + factor);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.405", "-0.1234"})
  void translationsEqualPillows(String share) {
    double s = Double.parseDouble(share);
    assertWarped(image -> Warp.translate(s * image.width(), 0), "translate_x_" + share);
    assertWarped(image -> Warp.translate(0, s * image.height()), "translate_y_" + share);
  }

  @ParameterizedTest
  @ValueSource(strings = {"27.0", "-13.37", "-30.0", "1.5"})
  void rotationsEqualPillows(String degrees) {
    double d = Double.parseDouble(degrees);
    assertWarped(image -> Warp.rotate(d, image.width(), image.height()), "rotate_" + degrees);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2.0", "-1.3", "15.0", "-90.5"})
  void rotationsToTheNearestPixelEqualPillows(String degrees) {
    RgbImage image = image("source");
    Warp warp = Warp.rotate(Double.parseDouble(degrees), image.width(), image.height());
    RgbImage found = warp.apply(image, Warp.Sampling.NEAREST, new byte[3]);
    assertSame(found, "rotation_" + degrees + "_nearest");
  }

  private static void assertWarped(Function<RgbImage, Warp> warp, String name) {
    RgbImage image = image("source");
    Warp chosen = warp.apply(image);
    assertSame(chosen.apply(image, Warp.Sampling.BILINEAR, FILL), name + "_bilinear");
    assertSame(chosen.apply(image, Warp.Sampling.BICUBIC, FILL), name + "_bicubic");
    assertThat(image.samples()).as("the source stays").isEqualTo(image("source").samples());
  }

  private static void assertInPlace(String source, Consumer<RgbImage> operation, String expected) {
    RgbImage image = image(source);
    operation.accept(image);
    assertSame(image, expected);
  }

  private static void assertSame(RgbImage found, String name) {
    RgbImage expected = image(name);
    int worst = 0;
    int different = 0;
    for (int i = 0; i < found.samples().length; i++) {
      int distance = Math.abs((found.samples()[i] & 0xff) - (expected.samples()[i] & 0xff));
      worst = Math.max(worst, distance);
      different += distance > 0 ? 1 : 0;
    }
    assertThat(different).as("%s: samples that differ, by %d at most", name, worst).isZero();
  }

  private static RgbImage image(String name) {
    return TestImages.png("/transforms/ops/" + name + ".png");
  }
}
