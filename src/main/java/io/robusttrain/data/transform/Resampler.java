package io.robusttrain.data.transform;

import io.robusttrain.data.image.RgbImage;
import java.util.Arrays;

/**
 * Antialiased resizing, bit for bit Pillow's {@code ImagingResample} on 8-bit RGB: fixed-point
 * weights, a horizontal pass rounded to 8 bits, then a vertical one; a pass that would change
 * nothing is skipped. Stateless and thread-safe.
 */
public final class Resampler {
  private static final int HALF = 1 << (Kernel.PRECISION_BITS - 1);

  private Resampler() {}

  /** Resizes the whole image to {@code width} x {@code height}: {@code Image.resize}. */
  public static RgbImage resize(RgbImage image, int width, int height, Interpolation filter) {
    Region whole = new Region(0, 0, image.width(), image.height());
    return resize(image, whole, width, height, filter);
  }

  /**
   * Crops {@code crop} and resizes it: {@code image.crop(...).resize(...)}, torchvision's {@code
   * resized_crop}. Pixels outside the crop have no influence.
   *
   * @throws IllegalArgumentException when the crop leaves the image
   */
  public static RgbImage resize(
      RgbImage image, Region crop, int width, int height, Interpolation filter) {
    return resize(image, crop, width, height, filter, new Region(0, 0, width, height));
  }

  /**
   * As {@link #resize(RgbImage, Region, int, int, Interpolation)}, but computes only the rectangle
   * {@code window} of the {@code width} x {@code height} result: a resize followed by a crop.
   */
  public static RgbImage resize(
      RgbImage image, Region crop, int width, int height, Interpolation filter, Region window) {
    checkInside(crop, image.width(), image.height(), "crop");
    checkInside(window, width, height, "window");
    boolean horizontal = width != crop.width();
    boolean vertical = height != crop.height();
    // The vertical taps say which rows the horizontal pass has to make.
    int lastRow = window.top() + window.height();
    Kernel rows = vertical ? Kernel.of(filter, crop.height(), height, window.top(), lastRow) : null;
    int firstRow = window.top();
    int rowCount = window.height();
    if (rows != null) {
      firstRow = rows.first()[0];
      rowCount = rows.first()[window.height() - 1] + rows.count()[window.height() - 1] - firstRow;
    }
    int lastColumn = window.left() + window.width();
    byte[] middle =
        horizontal
            ? horizontal(
                image,
                crop,
                Kernel.of(filter, crop.width(), width, window.left(), lastColumn),
                window.width(),
                firstRow,
                rowCount)
            : copy(image, crop, window.left(), window.width(), firstRow, rowCount);
    byte[] result = rows == null ? middle : vertical(middle, window.width(), rows, firstRow);
    return new RgbImage(window.width(), window.height(), result);
  }

  private static byte[] horizontal(
      RgbImage image, Region crop, Kernel kernel, int width, int firstRow, int rowCount) {
    byte[] in = image.samples();
    byte[] out = new byte[3 * width * rowCount];
    int[] first = kernel.first();
    int[] count = kernel.count();
    int[] weights = kernel.weights();
    int taps = kernel.taps();
    int to = 0;
    for (int y = 0; y < rowCount; y++) {
      int row = 3 * ((crop.top() + firstRow + y) * image.width() + crop.left());
      for (int x = 0; x < width; x++) {
        int from = row + 3 * first[x];
        int w = x * taps;
        int end = w + count[x];
        int r = HALF;
        int g = HALF;
        int b = HALF;
        for (; w < end; w++, from += 3) {
          int weight = weights[w];
          r += (in[from] & 0xff) * weight;
          g += (in[from + 1] & 0xff) * weight;
          b += (in[from + 2] & 0xff) * weight;
        }
        out[to++] = clip(r);
        out[to++] = clip(g);
        out[to++] = clip(b);
      }
    }
    return out;
  }

  private static byte[] vertical(byte[] in, int width, Kernel kernel, int firstRow) {
    int stride = 3 * width;
    int height = kernel.first().length;
    byte[] out = new byte[stride * height];
    int[] sums = new int[stride];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, HALF);
      int from = (kernel.first()[y] - firstRow) * stride;
      for (int k = 0; k < kernel.count()[y]; k++, from += stride) {
        int weight = kernel.weights()[y * kernel.taps() + k];
        for (int i = 0; i < stride; i++) {
          sums[i] += (in[from + i] & 0xff) * weight;
        }
      }
      for (int i = 0; i < stride; i++) {
        out[y * stride + i] = clip(sums[i]);
      }
    }
    return out;
  }

  private static byte[] copy(
      RgbImage image, Region crop, int left, int width, int firstRow, int rowCount) {
    byte[] out = new byte[3 * width * rowCount];
    for (int y = 0; y < rowCount; y++) {
      int row = 3 * ((crop.top() + firstRow + y) * image.width() + crop.left() + left);
      System.arraycopy(image.samples(), row, out, 3 * width * y, 3 * width);
    }
    return out;
  }

  private static byte clip(int sum) {
    int value = sum >> Kernel.PRECISION_BITS;
    return (byte) (value < 0 ? 0 : Math.min(value, 255));
  }

  private static void checkInside(Region region, int width, int height, String what) {
    if (region.left() < 0
        || region.top() < 0
        || region.left() + region.width() > width
        || region.top() + region.height() > height) {
      throw new IllegalArgumentException(
          "%s %s leaves %dx%d".formatted(what, region, width, height));
    }
  }
}
