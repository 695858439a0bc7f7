package io.robusttrain.data.image;

/**
 * A decoded image: 8-bit RGB samples, row-major, interleaved (H, W, 3). The array is owned by the
 * image and must not be changed by others.
 *
 * @param width W in pixels, at least 1
 * @param height H in pixels, at least 1
 * @param samples {@code 3 * width * height} bytes, each an unsigned value 0 to 255
 */
@SuppressWarnings("ArrayRecordComponent") // an image is compared by identity, never by value
public record RgbImage(int width, int height, byte[] samples) {
  public RgbImage {
    if (width < 1 || height < 1 || samples.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "RGB image of %dx%d needs %d samples, got %d"
              .formatted(width, height, 3L * width * height, samples.length));
    }
  }
}
