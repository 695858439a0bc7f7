package io.robusttrain.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Parts of images against the same parts of the image as a whole. */
class OpenImageTest {
  private static final String[] NAMES = {
    "jpeg_420.jpg",
    "jpeg_422.jpg",
    "jpeg_progressive_420.jpg",
    "jpeg_grey.jpg",
    "jpeg_rgb.jpg",
    "jpeg_cmyk.jpg",
    "jpeg_ycck.jpg",
    "jpeg_exif6.jpg",
    "png_rgb.png",
    "png_palette_trns.png",
    "png_grey16.png",
    "png_exif6.png",
    "webp_lossy.webp",
    "webp_exif6.webp"
  };

  @ParameterizedTest
  @EnumSource(ExifOrientation.class)
  void aPartIsThatPartOfTheWhole(ExifOrientation orientation) {
    SplittableRandom random = new SplittableRandom(3);
    for (String name : NAMES) {
      byte[] encoded = TestImages.bytes("/images/" + name);
      RgbImage whole = ImageDecoder.decode(encoded, 1 << 20, orientation);
      try (OpenImage open = ImageDecoder.open(encoded, 1 << 20, orientation)) {
        assertThat(open.width()).as(name).isEqualTo(whole.width());
        assertThat(open.height()).as(name).isEqualTo(whole.height());
        for (int i = 0; i < 8; i++) {
          int columns = i == 0 ? whole.width() : 1 + random.nextInt(whole.width());
          int rows = i == 1 ? whole.height() : 1 + random.nextInt(whole.height());
          int left = random.nextInt(whole.width() - columns + 1);
          int top = random.nextInt(whole.height() - rows + 1);
          byte[] expected = part(whole, left, top, columns, rows);
          byte[] ofOpen = new byte[expected.length + 3]; // memory that is kept may be larger
          byte[] ofWhole = new byte[expected.length + 3];
          open.read(left, top, columns, rows, ofOpen);
          whole.read(left, top, columns, rows, ofWhole);
          assertThat(Arrays.copyOf(ofOpen, expected.length)).as(name).isEqualTo(expected);
          assertThat(ofWhole).as(name).isEqualTo(ofOpen);
        }
      }
    }
  }

  @Test
  void refusesWhatLeavesTheImageOrTheArray() {
    byte[] encoded = TestImages.bytes("/images/jpeg_420.jpg"); // 45 x 37 pixels
    byte[] out = new byte[3 * 45 * 37];
    try (OpenImage image = ImageDecoder.open(encoded, 1 << 20, ExifOrientation.IGNORE)) {
      for (PixelSource source : new PixelSource[] {image, image.whole()}) {
        assertThatThrownBy(() -> source.read(1, 0, 45, 1, out))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> source.read(0, -1, 1, 1, out))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> source.read(0, 1, 45, 37, out))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> source.read(0, 0, 45, 37, new byte[3 * 45 * 37 - 1]))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }

  private static byte[] part(RgbImage image, int left, int top, int columns, int rows) {
    byte[] part = new byte[3 * columns * rows];
    for (int i = 0; i < part.length; i++) {
      int row = top + i / (3 * columns);
      part[i] = image.samples()[3 * (row * image.width() + left) + i % (3 * columns)];
    }
    return part;
  }
}
