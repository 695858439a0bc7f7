package io.robusttrain.data.image;

import java.util.Objects;

/**
 * A decoded image: 8-bit RGB samples, row-major, interleaved (H, W, 3). The array is owned by the
 * image and must not be changed by others.
 *
 * @param width W in pixels, at least 1
 * @param height H in pixels, at least 1
 * @param samples {@code 3 * width * height} bytes, each an unsigned value 0 to 255
 */
@SuppressWarnings("ArrayRecordComponent") // an image is compared by identity, never by value
public record RgbImage(int width, int height, byte[] samples) implements PixelSource {
  public RgbImage {
    if (width < 1 || height < 1 || samples.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "RGB image of %dx%d needs %d samples, got %d"
              .formatted(width, height, 3L * width * height, samples.length));
    }
  }

  @Override
  public void read(int left, int top, int columns, int rows, byte[] out) {
    Objects.checkFromIndexSize(left, columns, width);
    Objects.checkFromIndexSize(top, rows, height);
    for (int row = 0; row < rows; row++) {
      int from = 3 * ((top + row) * width + left);
      System.arraycopy(samples, from, out, 3 * columns * row, 3 * columns);
    }
  }

  /**
   * The image as a camera saw it.
   *
   * @param exif orientation of the stored image, 1 to 8: which of its edges are the upper and the
   *     left one
   */
  RgbImage oriented(int exif) {
    if (exif == ExifTag.UPRIGHT) {
      return this;
    }
    boolean transposed = exif >= 5;
    boolean fromRight = exif == 2 || exif == 3 || exif == 7 || exif == 8;
    boolean fromBottom = exif == 3 || exif == 4 || exif == 6 || exif == 7;
    int newWidth = transposed ? height : width;
    int newHeight = transposed ? width : height;
    byte[] out = new byte[samples.length];
    for (int y = 0, to = 0; y < newHeight; y++) {
      for (int x = 0; x < newWidth; x++, to += 3) {
        int column = transposed ? y : x;
        int row = transposed ? x : y;
        int fromColumn = fromRight ? width - 1 - column : column;
        int fromRow = fromBottom ? height - 1 - row : row;
        System.arraycopy(samples, 3 * (fromRow * width + fromColumn), out, to, 3);
      }
    }
    return new RgbImage(newWidth, newHeight, out);
  }
}
