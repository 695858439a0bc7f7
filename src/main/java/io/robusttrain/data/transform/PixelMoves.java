package io.robusttrain.data.transform;

import io.robusttrain.data.image.PixelSource;
import io.robusttrain.data.image.RgbImage;
import java.util.Arrays;

/** Moves of whole pixels: padded windows and the planar layout. Stateless and thread-safe. */
public final class PixelMoves {
  private PixelMoves() {}

  /**
   * The {@code size} x {@code size} window whose left upper corner is at (left, top) of the image;
   * what lies outside the image is black.
   */
  public static RgbImage window(PixelSource image, int left, int top, int size) {
    return window(image, left, top, size, new Workspace());
  }

  /** As {@link #window(PixelSource, int, int, int)}, into the workspace's image. */
  static RgbImage window(PixelSource image, int left, int top, int size, Workspace workspace) {
    RgbImage result = workspace.result(size, size);
    byte[] out = result.samples();
    Arrays.fill(out, (byte) 0);
    int fromX = Math.max(left, 0);
    int fromY = Math.max(top, 0);
    int columns = Math.min(left + size, image.width()) - fromX;
    int rows = Math.min(top + size, image.height()) - fromY;
    if (columns <= 0 || rows <= 0) {
      return result;
    }
    byte[] inside = workspace.pixels(3 * columns * rows);
    image.read(fromX, fromY, columns, rows, inside);
    for (int row = 0; row < rows; row++) {
      int to = 3 * ((fromY + row - top) * size + fromX - left);
      System.arraycopy(inside, 3 * columns * row, out, to, 3 * columns);
    }
    return result;
  }

  /**
   * Writes the image as planes (3, H, W) from {@code offset} of {@code out} on, each row in the
   * given direction.
   */
  public static void writePlanar(RgbImage image, RowDirection direction, byte[] out, int offset) {
    int width = image.width();
    int plane = width * image.height();
    byte[] in = image.samples();
    int step = direction == RowDirection.AS_IS ? 1 : -1;
    int from = 0;
    for (int y = 0; y < image.height(); y++) {
      int to = offset + y * width + (step > 0 ? 0 : width - 1);
      for (int x = 0; x < width; x++, from += 3, to += step) {
        out[to] = in[from];
        out[to + plane] = in[from + 1];
        out[to + 2 * plane] = in[from + 2];
      }
    }
  }

  /** Mirrors each row in place. */
  static void flipColumns(RgbImage image) {
    byte[] samples = image.samples();
    int stride = 3 * image.width();
    for (int row = 0; row < samples.length; row += stride) {
      for (int left = row, right = row + stride - 3; left < right; left += 3, right -= 3) {
        for (int band = 0; band < 3; band++) {
          byte swapped = samples[left + band];
          samples[left + band] = samples[right + band];
          samples[right + band] = swapped;
        }
      }
    }
  }

  /** Exchanges top and bottom in place. */
  static void flipRows(RgbImage image) {
    byte[] samples = image.samples();
    int stride = 3 * image.width();
    byte[] swapped = new byte[stride];
    int bottom = samples.length - stride;
    for (int top = 0; top < bottom; top += stride, bottom -= stride) {
      System.arraycopy(samples, top, swapped, 0, stride);
      System.arraycopy(samples, bottom, samples, top, stride);
      System.arraycopy(swapped, 0, samples, bottom, stride);
    }
  }

  /** Whether rows are mirrored. */
  public enum RowDirection {
    AS_IS,
    /** Right to left: a horizontal flip. */
    MIRRORED
  }
}
