package io.robusttrain.data.transform;

import io.robusttrain.data.image.RgbImage;

/**
 * The memory that images are transformed in, kept from one image to the next: a fresh array of each
 * would come from memory that no cache holds, zeroed first. Not thread-safe: one for each thread.
 */
public final class Workspace {
  /** The largest array of pixels that is kept, in bytes: that of an image of 8 megapixels. */
  private static final int KEPT = 3 << 23;

  private byte[] pixels = new byte[0];
  private int[][] columns = new int[0][];
  private int[][] rows = new int[0][];
  private int[] sums = new int[0];
  private RgbImage result;

  /** At least {@code length} bytes, whatever they hold. */
  byte[] pixels(int length) {
    if (length > KEPT) {
      return new byte[length];
    }
    if (pixels.length < length) {
      pixels = new byte[length];
    }
    return pixels;
  }

  /** At least {@code count} arrays of at least {@code length} numbers, whatever they hold. */
  int[][] columns(int count, int length) {
    columns = grown(columns, count, length);
    return columns;
  }

  /** As {@link #columns}, but others. */
  int[][] rows(int count, int length) {
    rows = grown(rows, count, length);
    return rows;
  }

  /** At least {@code length} numbers, whatever they hold. */
  int[] sums(int length) {
    if (sums.length < length) {
      sums = new int[length];
    }
    return sums;
  }

  /** The image that a crop is resized into, whatever it holds. */
  RgbImage result(int width, int height) {
    if (result == null || result.width() != width || result.height() != height) {
      result = new RgbImage(width, height, new byte[3 * width * height]);
    }
    return result;
  }

  private static int[][] grown(int[][] arrays, int count, int length) {
    if (arrays.length >= count && (count == 0 || arrays[0].length >= length)) {
      return arrays;
    }
    int most = Math.max(arrays.length, count);
    return new int[most][Math.max(length, arrays.length == 0 ? 0 : arrays[0].length)];
  }
}
