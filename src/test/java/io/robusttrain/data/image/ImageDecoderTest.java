package io.robusttrain.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.data.DataException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected pixels were written by Pillow 12.3 with {@code Image.open(...).convert("RGB")}. */
class ImageDecoderTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jpeg_420.jpg",
        "jpeg_422.jpg",
        "jpeg_444.jpg",
        "jpeg_progressive_420.jpg",
        "jpeg_progressive_444.jpg",
        "jpeg_grey.jpg",
        "jpeg_restart.jpg",
        "jpeg_rgb.jpg",
        "jpeg_cmyk.jpg",
        "jpeg_cmyk_420.jpg",
        "jpeg_cmyk_noadobe.jpg",
        "jpeg_ycck.jpg",
        "jpeg_exif3.jpg",
        "jpeg_exif5.jpg",
        "jpeg_exif6.jpg",
        "jpeg_exif8.jpg",
        "png_rgb.png",
        "png_grey.png",
        "png_bit.png",
        "png_grey2.png",
        "png_grey4.png",
        "png_palette.png",
        "png_palette1.png",
        "png_palette2.png",
        "png_palette4.png",
        "png_palette_trns.png",
        "png_rgba.png",
        "png_la.png",
        "png_rgb_trns.png",
        "png_grey_trns.png",
        "png_grey16.png",
        "png_grey16_dark.png",
        "png_rgb16.png",
        "png_rgba16.png",
        "png_la16.png",
        "png_interlaced.png",
        "png_gamma.png",
        "png_exif6.png",
        "webp_lossy.webp",
        "webp_lossless.webp",
        "webp_alpha.webp",
        "webp_alpha_lossless.webp",
        "webp_animated.webp",
        "webp_exif6.webp"
      })
  void decodesWhatPillowDecodes(String name) {
    RgbImage expected = TestImages.png("/images/" + name + ".expected.png");
    assertSame(
        ImageDecoder.decode(TestImages.bytes("/images/" + name), ImageDecoder.DEFAULT_PIXEL_LIMIT),
        expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jpeg_420.jpg",
        "jpeg_progressive_420.jpg",
        "jpeg_cmyk.jpg",
        "png_rgb.png",
        "png_grey16.png",
        "webp_lossy.webp",
        "webp_lossless.webp"
      })
  void refusesImagesCutShort(String name) {
    byte[] whole = TestImages.bytes("/images/" + name);
    for (int size : new int[] {whole.length / 2, 20}) {
      byte[] cut = Arrays.copyOf(whole, size);
      assertThatThrownBy(() -> ImageDecoder.decode(cut, ImageDecoder.DEFAULT_PIXEL_LIMIT))
          .as("%s cut to %d bytes", name, size)
          .isInstanceOf(DataException.class)
          .hasMessageContaining("cut short");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"jpeg_420.jpg", "jpeg_progressive_420.jpg", "jpeg_cmyk.jpg", "webp_lossy.webp"})
  void refusesImagesThatLackTheirLastBytes(String name) {
    byte[] whole = TestImages.bytes("/images/" + name);
    for (int missing : new int[] {2, 12}) {
      byte[] cut = Arrays.copyOf(whole, whole.length - missing);
      assertThatThrownBy(() -> ImageDecoder.decode(cut, ImageDecoder.DEFAULT_PIXEL_LIMIT))
          .as("%s without %d bytes", name, missing)
          .isInstanceOf(DataException.class)
          .hasMessageContaining("cut short");
    }
  }

  @Test
  void refusesOtherFormatsAndEmptyFiles() {
    assertThatThrownBy(() -> ImageDecoder.decode(new byte[0], ImageDecoder.DEFAULT_PIXEL_LIMIT))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("empty");
    assertThatThrownBy(
            () ->
                ImageDecoder.decode(
                    "GIF89a..".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                    ImageDecoder.DEFAULT_PIXEL_LIMIT))
        .isInstanceOf(DataException.class)
        .hasMessage("not a JPEG, PNG or WebP image (8 bytes, starting 4749463839612e2e)");
  }

  @Test
  void refusesDecompressionBombsFromTheHeaderAlone() {
    byte[] bomb = Arrays.copyOf(TestImages.bytes("/images/png_rgb.png"), 40);
    bomb[16] = 0;
    bomb[17] = 1; // 65536 + 45 columns
    bomb[20] = 0;
    bomb[21] = 1; // 65536 + 37 rows
    assertThatThrownBy(() -> ImageDecoder.decode(bomb, ImageDecoder.DEFAULT_PIXEL_LIMIT))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("65581x65573 pixels, more than the limit of 178956970");
    byte[] small = TestImages.bytes("/images/jpeg_420.jpg");
    assertThatThrownBy(() -> ImageDecoder.decode(small, 45 * 37 - 1)).hasMessageContaining("45x37");
    assertThat(ImageDecoder.decode(small, 45 * 37).width()).isEqualTo(45);
  }

  private static void assertSame(RgbImage found, RgbImage expected) {
    assertThat(found.width()).isEqualTo(expected.width());
    assertThat(found.height()).isEqualTo(expected.height());
    assertThat(found.samples()).isEqualTo(expected.samples());
  }
}
