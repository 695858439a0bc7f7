package io.robusttrain.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR_RGB;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imdecode;

import io.robusttrain.data.image.ImageHeader.Coding;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.opencv_core.Mat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Turned images are compared with the table of the EXIF standard, and with OpenCV. */
class ExifOrientationTest {
  private static final String JPEG = "jpeg_exif6.jpg";

  /** The sides of the scene that the stored image's first row and first column show. */
  private enum Side {
    TOP,
    BOTTOM,
    LEFT,
    RIGHT
  }

  @ParameterizedTest
  @CsvSource({
    "1, TOP, LEFT",
    "2, TOP, RIGHT",
    "3, BOTTOM, RIGHT",
    "4, BOTTOM, LEFT",
    "5, LEFT, TOP",
    "6, RIGHT, TOP",
    "7, RIGHT, BOTTOM",
    "8, LEFT, BOTTOM"
  })
  void turnsAsTheStandardSays(int orientation, Side firstRow, Side firstColumn) {
    byte[] image = withOrientation(TestImages.bytes("/images/" + JPEG), orientation);
    RgbImage stored = ImageDecoder.decode(image, 1 << 20);
    RgbImage seen = ImageDecoder.decode(image, 1 << 20, ExifOrientation.APPLY);
    assertSame(seen, seen(stored, firstRow, firstColumn));
    assertSame(seen, openCv(image));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg_exif6.jpg", "png_exif6.png", "webp_exif6.webp"})
  void readsTheOrientationOfEveryFormat(String name) {
    byte[] image = TestImages.bytes("/images/" + name);
    RgbImage stored = TestImages.png("/images/" + name + ".expected.png");
    assertSame(ImageDecoder.decode(image, 1 << 20, ExifOrientation.IGNORE), stored);
    assertSame(
        ImageDecoder.decode(image, 1 << 20, ExifOrientation.APPLY),
        seen(stored, Side.RIGHT, Side.TOP));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg_420.jpg", "jpeg_cmyk.jpg", "png_grey16.png", "webp_lossless.webp"})
  void imagesThatDoNotSayAreUpright(String name) {
    byte[] image = TestImages.bytes("/images/" + name);
    assertSame(
        ImageDecoder.decode(image, 1 << 20, ExifOrientation.APPLY),
        ImageDecoder.decode(image, 1 << 20));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void readsBothByteOrders(boolean little) {
    assertThat(ExifTag.orientation(jpeg(tiff(little, 8, 1, 6)), Coding.JPEG)).isEqualTo(6);
    assertThat(ExifTag.orientation(jpeg(tiff(little, 8, 1, 8)), Coding.JPEG_CMYK)).isEqualTo(8);
  }

  /** Pillow reads such images as they are stored, too; their pixels are whole. */
  @Test
  void damagedDataCountAsUpright() {
    int none = ExifTag.UPRIGHT;
    assertThat(ExifTag.orientation(jpeg(tiff(true, 8, 1, 0)), Coding.JPEG)).isEqualTo(none);
    assertThat(ExifTag.orientation(jpeg(tiff(true, 8, 1, 9)), Coding.JPEG)).isEqualTo(none);
    assertThat(ExifTag.orientation(jpeg(tiff(true, -8, 1, 6)), Coding.JPEG)).isEqualTo(none);
    assertThat(ExifTag.orientation(jpeg(tiff(true, 1 << 30, 1, 6)), Coding.JPEG)).isEqualTo(none);
    assertThat(ExifTag.orientation(jpeg(tiff(true, 8, 0, 6)), Coding.JPEG)).isEqualTo(none);
    byte[] whole = jpeg(tiff(false, 8, 1, 6));
    for (int length = 2; length < whole.length - 4; length++) {
      assertThat(ExifTag.orientation(Arrays.copyOf(whole, length), Coding.JPEG))
          .as("cut to %d bytes", length)
          .isEqualTo(none);
    }
    byte[] png = TestImages.bytes("/images/png_exif6.png");
    byte[] webp = TestImages.bytes("/images/webp_exif6.webp");
    for (int length = 0; length < 40; length++) {
      assertThat(ExifTag.orientation(Arrays.copyOf(png, length), Coding.PNG)).isEqualTo(none);
      assertThat(ExifTag.orientation(Arrays.copyOf(webp, length), Coding.WEBP)).isEqualTo(none);
    }
  }

  /** The scene whose edges the first row and the first column of an image show. */
  private static RgbImage seen(RgbImage stored, Side firstRow, Side firstColumn) {
    boolean rowsStand = firstRow == Side.LEFT || firstRow == Side.RIGHT;
    int width = rowsStand ? stored.height() : stored.width();
    int height = rowsStand ? stored.width() : stored.height();
    byte[] samples = new byte[3 * width * height];
    for (int row = 0; row < stored.height(); row++) {
      for (int column = 0; column < stored.width(); column++) {
        int x = along(firstRow, firstColumn, Side.LEFT, Side.RIGHT, row, column, width);
        int y = along(firstRow, firstColumn, Side.TOP, Side.BOTTOM, row, column, height);
        for (int c = 0; c < 3; c++) {
          samples[3 * (y * width + x) + c] =
              stored.samples()[3 * (row * stored.width() + column) + c];
        }
      }
    }
    return new RgbImage(width, height, samples);
  }

  /** The place on an axis that goes from one side to another. */
  private static int along(
      Side firstRow, Side firstColumn, Side from, Side to, int row, int column, int length) {
    if (firstRow == from) {
      return row;
    }
    if (firstRow == to) {
      return length - 1 - row;
    }
    return firstColumn == from ? column : length - 1 - column;
  }

  @SuppressWarnings("try") // the scope owns what is made inside it
  private static RgbImage openCv(byte[] encoded) {
    try (PointerScope scope = new PointerScope()) {
      Mat buffer = new Mat(1, encoded.length, CV_8UC1, new BytePointer(encoded));
      Mat image = imdecode(buffer, IMREAD_COLOR_RGB);
      byte[] samples = new byte[3 * image.rows() * image.cols()];
      image.data().get(samples);
      return new RgbImage(image.cols(), image.rows(), samples);
    }
  }

  /** The image with another orientation in its EXIF data, wherever these say it. */
  private static byte[] withOrientation(byte[] image, int orientation) {
    byte[] changed = image.clone();
    ByteBuffer bytes = ByteBuffer.wrap(changed);
    for (int at = 0; at + 10 <= changed.length; at++) {
      if (bytes.getLong(at) == 0x0112000300000001L) {
        bytes.putShort(at + 8, (short) orientation);
        return changed;
      }
      if (bytes.getLong(at) == 0x1201030001000000L) {
        changed[at + 8] = (byte) orientation;
        return changed;
      }
    }
    throw new IllegalArgumentException("no orientation to change");
  }

  /** A TIFF structure with one entry. */
  private static byte[] tiff(boolean little, int directory, int entries, int orientation) {
    ByteBuffer bytes =
        ByteBuffer.allocate(26).order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    bytes.put((little ? "II" : "MM").getBytes(StandardCharsets.US_ASCII));
    bytes.putShort((short) 42).putInt(directory).putShort((short) entries);
    bytes.putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) orientation);
    return bytes.array();
  }

  /** The start of a JPEG, up to its first scan. */
  private static byte[] jpeg(byte[] tiff) {
    ByteBuffer bytes = ByteBuffer.allocate(2 + 4 + 6 + tiff.length + 2);
    bytes.putShort((short) 0xffd8).putShort((short) 0xffe1).putShort((short) (8 + tiff.length));
    bytes.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII)).put(tiff).putShort((short) 0xffda);
    return bytes.array();
  }

  private static void assertSame(RgbImage found, RgbImage expected) {
    assertThat(found.width()).isEqualTo(expected.width());
    assertThat(found.height()).isEqualTo(expected.height());
    assertThat(found.samples()).isEqualTo(expected.samples());
  }
}
