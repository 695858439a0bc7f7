package io.robusttrain.data.transform;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.image.TestImages;
import io.robusttrain.oracle.Numeric;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Bit-exact against torchvision on Pillow images (no prefix) and Pillow 12.3 itself (prefix {@code
 * pillow}), all from {@code img_chw_u8.png} of 47 x 61 pixels.
 */
@Numeric
class ReferenceImagesTest {

  @ParameterizedTest
  @CsvSource({
    "resize32_bicubic, 32, 41, BICUBIC",
    "resize32_bilinear, 32, 41, BILINEAR",
    "resize80_bicubic, 80, 103, BICUBIC",
    "resize80_bilinear, 80, 103, BILINEAR",
    "pillow_7x5_bicubic, 7, 5, BICUBIC",
    "pillow_7x5_bilinear, 7, 5, BILINEAR",
    "pillow_47x20_bicubic, 47, 20, BICUBIC",
    "pillow_90x61_bilinear, 90, 61, BILINEAR",
    "pillow_1x1_bicubic, 1, 1, BICUBIC"
  })
  void resizes(String name, int width, int height, Interpolation filter) {
    assertSame(Resampler.resize(source(), width, height, filter), name);
  }

  @ParameterizedTest
  @CsvSource({"bicubic, BICUBIC", "bilinear, BILINEAR"})
  void cropsThenResizes(String suffix, Interpolation filter) {
    RgbImage found = Resampler.resize(source(), new Region(5, 7, 29, 33), 24, 24, filter);
    assertSame(found, "rcrop_top7_left5_h33_w29_to24_" + suffix);
  }

  @ParameterizedTest
  @CsvSource({"bicubic, BICUBIC", "bilinear, BILINEAR"})
  void evaluationResizesTheShorterSideAndCutsTheCentre(String suffix, Interpolation filter) {
    RgbImage found = new EvalTransform(32, 1.0, filter).apply(source());
    assertSame(found, "resize32_" + suffix + "_crop32");
  }

  @Test
  void aWindowOfAResizeEqualsTheResizeThenACrop() {
    Region whole = new Region(0, 0, 47, 61);
    RgbImage all = Resampler.resize(source(), 80, 103, Interpolation.BICUBIC);
    RgbImage part =
        Resampler.resize(
            source(),
            whole,
            new Resampler.Target(80, 103, Interpolation.BICUBIC, new Region(11, 23, 40, 37)),
            new Workspace());
    RgbImage cut = Resampler.resize(all, new Region(11, 23, 40, 37), 40, 37, Interpolation.BICUBIC);
    assertThat(part.samples()).isEqualTo(cut.samples());
  }

  @ParameterizedTest
  @CsvSource({
    "brightness_0.6, BRIGHTNESS, 0.6",
    "brightness_1.35, BRIGHTNESS, 1.35",
    "contrast_0.6, CONTRAST, 0.6",
    "contrast_1.35, CONTRAST, 1.35",
    "saturation_0.6, SATURATION, 0.6",
    "saturation_1.35, SATURATION, 1.35",
    "pillow_b0, BRIGHTNESS, 0",
    "pillow_c0, CONTRAST, 0",
    "pillow_s0, SATURATION, 0"
  })
  void changesColours(String name, ColorOps operation, double factor) {
    RgbImage image = source();
    operation.apply(image, factor);
    assertSame(image, name);
  }

  @Test
  void aChainOfColourChangesRoundsAfterEach() {
    RgbImage image = source();
    ColorOps.CONTRAST.apply(image, 0.7312);
    ColorOps.SATURATION.apply(image, 1.2871);
    ColorOps.BRIGHTNESS.apply(image, 1.1903);
    assertSame(image, "pillow_c0.7312_s1.2871_b1.1903");
  }

  @Test
  void padsAndCrops() {
    // The reference pads the centre of 32 x 32 by 4 and cuts at row 3, column 6 of the result.
    RgbImage centre = PixelMoves.window(source(), 8, 14, 32);
    assertSame(PixelMoves.window(centre, 6 - 4, 3 - 4, 32), "pad4_crop_y3_x6_32");
  }

  @Test
  void writesPlanesInBothDirections() {
    RgbImage image = source();
    RgbImage mirrored = expected("hflip");
    int plane = 47 * 61;
    byte[] asIs = new byte[3 * plane + 5];
    byte[] flipped = new byte[3 * plane + 5];
    PixelMoves.writePlanar(image, PixelMoves.RowDirection.AS_IS, asIs, 5);
    PixelMoves.writePlanar(image, PixelMoves.RowDirection.MIRRORED, flipped, 5);
    for (int p = 0; p < plane; p++) {
      for (int c = 0; c < 3; c++) {
        assertThat(asIs[5 + c * plane + p]).isEqualTo(image.samples()[3 * p + c]);
        assertThat(flipped[5 + c * plane + p]).isEqualTo(mirrored.samples()[3 * p + c]);
      }
    }
  }

  private static RgbImage source() {
    return expected("img_chw_u8");
  }

  private static RgbImage expected(String name) {
    return TestImages.png("/transforms/" + name + ".png");
  }

  private static void assertSame(RgbImage found, String name) {
    RgbImage expected = expected(name);
    assertThat(found.width()).isEqualTo(expected.width());
    assertThat(found.height()).isEqualTo(expected.height());
    assertThat(found.samples()).isEqualTo(expected.samples());
  }
}
