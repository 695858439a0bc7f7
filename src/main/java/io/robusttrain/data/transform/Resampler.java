package io.robusttrain.data.transform;

import io.robusttrain.data.image.PixelSource;
import io.robusttrain.data.image.RgbImage;
import java.util.Arrays;

/**
 * Antialiased resizing, bit for bit Pillow's {@code ImagingResample} on 8-bit RGB: fixed-point
 * weights, a horizontal pass rounded to 8 bits, then a vertical one; a pass that would change
 * nothing is skipped. Only pixels that have an influence are read. Stateless and thread-safe.
 *
 * <p>Both passes add weighted lines of numbers of 32 bits, which the compiler turns into vector
 * instructions; for the horizontal pass the pixels of some rows are laid out by columns first.
 */
public final class Resampler {
  private static final int HALF = 1 << (Kernel.PRECISION_BITS - 1);

  /** Rows that the horizontal pass works on at a time: their columns stay in the cache. */
  private static final int BLOCK = 64;

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
      PixelSource image, Region crop, int width, int height, Interpolation filter) {
    Region all = new Region(0, 0, width, height);
    return resize(image, crop, new Target(width, height, filter, all), new Workspace());
  }

  /**
   * What an image is resized to.
   *
   * @param width W of the result in pixels
   * @param height H of the result in pixels
   * @param filter kernel
   * @param window the rectangle of the result that is computed: a resize followed by a crop
   */
  record Target(int width, int height, Interpolation filter, Region window) {
    Target {
      checkInside(window, width, height, "window");
    }
  }

  /**
   * Crops and resizes in memory that is kept.
   *
   * @return the workspace's image, which the next resize overwrites
   */
  static RgbImage resize(PixelSource image, Region crop, Target target, Workspace workspace) {
    checkInside(crop, image.width(), image.height(), "crop");
    Region window = target.window();
    Taps columns =
        Taps.of(target.filter(), crop.width(), target.width(), window.left(), window.width());
    Taps rows =
        Taps.of(target.filter(), crop.height(), target.height(), window.top(), window.height());
    byte[] pixels = workspace.pixels(3 * columns.inputs() * rows.inputs());
    image.read(
        crop.left() + columns.firstInput(),
        crop.top() + rows.firstInput(),
        columns.inputs(),
        rows.inputs(),
        pixels);
    RgbImage result = workspace.result(window.width(), window.height());
    if (rows.kernel() == null && columns.kernel() == null) {
      System.arraycopy(pixels, 0, result.samples(), 0, result.samples().length);
      return result;
    }
    int[][] lines = workspace.rows(rows.inputs(), 3 * window.width());
    if (columns.kernel() == null) {
      widen(pixels, lines, rows.inputs(), 3 * window.width());
    } else {
      horizontal(pixels, columns, lines, rows.inputs(), workspace);
    }
    vertical(lines, rows, result, workspace);
    return result;
  }

  /**
   * The inputs of one axis.
   *
   * @param kernel null where the axis keeps its size
   * @param firstInput the first pixel that has an influence
   * @param inputs how many have
   */
  private record Taps(Kernel kernel, int firstInput, int inputs) {
    static Taps of(Interpolation filter, int inputSize, int outputSize, int from, int count) {
      if (inputSize == outputSize) {
        return new Taps(null, from, count);
      }
      Kernel kernel = Kernel.of(filter, inputSize, outputSize, from, from + count);
      int first = kernel.first()[0];
      int end = kernel.first()[count - 1] + kernel.count()[count - 1];
      return new Taps(kernel, first, end - first);
    }
  }

  private static void horizontal(
      byte[] pixels, Taps taps, int[][] lines, int rows, Workspace workspace) {
    int width = taps.inputs();
    int[][] columns = workspace.columns(width, 3 * BLOCK);
    int[] sums = workspace.sums(3 * BLOCK);
    Kernel kernel = taps.kernel();
    for (int top = 0; top < rows; top += BLOCK) {
      int count = Math.min(BLOCK, rows - top);
      for (int x = 0; x < width; x++) {
        takeColumn(pixels, 3 * (top * width + x), 3 * width, columns[x], 3 * count);
      }
      for (int x = 0; x < kernel.first().length; x++) {
        weigh(columns, kernel, x, taps.firstInput(), sums, 3 * count);
        for (int row = 0, i = 0; row < count; row++, i += 3) {
          int[] line = lines[top + row];
          line[3 * x] = sums[i];
          line[3 * x + 1] = sums[i + 1];
          line[3 * x + 2] = sums[i + 2];
        }
      }
    }
  }

  private static void takeColumn(byte[] pixels, int first, int stride, int[] column, int length) {
    for (int i = 0, from = first; i < length; i += 3, from += stride) {
      column[i] = pixels[from] & 0xff;
      column[i + 1] = pixels[from + 1] & 0xff;
      column[i + 2] = pixels[from + 2] & 0xff;
    }
  }

  private static void widen(byte[] pixels, int[][] lines, int rows, int length) {
    for (int row = 0, from = 0; row < rows; row++, from += length) {
      int[] line = lines[row];
      for (int i = 0; i < length; i++) {
        line[i] = pixels[from + i] & 0xff;
      }
    }
  }

  private static void vertical(int[][] lines, Taps taps, RgbImage result, Workspace workspace) {
    int length = 3 * result.width();
    byte[] out = result.samples();
    int[] sums = workspace.sums(length);
    for (int y = 0; y < result.height(); y++) {
      int[] line = sums;
      if (taps.kernel() == null) {
        line = lines[y];
      } else {
        weigh(lines, taps.kernel(), y, taps.firstInput(), sums, length);
      }
      int to = y * length;
      for (int i = 0; i < length; i++) {
        out[to + i] = (byte) line[i];
      }
    }
  }

  /** The weighted sum of some lines, rounded and limited to 8 bits. */
  private static void weigh(
      int[][] lines, Kernel kernel, int output, int firstInput, int[] sums, int length) {
    int line = kernel.first()[output] - firstInput;
    int count = kernel.count()[output];
    int[] weights = kernel.weights();
    int w = output * kernel.taps();
    Arrays.fill(sums, 0, length, HALF);
    int k = 0;
    for (; k + 4 <= count; k += 4) {
      addFour(lines, line + k, weights, w + k, sums, length);
    }
    for (; k < count; k++) {
      add(lines[line + k], weights[w + k], sums, length);
    }
    for (int i = 0; i < length; i++) {
      sums[i] = Math.max(0, Math.min(255, sums[i] >> Kernel.PRECISION_BITS));
    }
  }

  private static void addFour(
      int[][] lines, int line, int[] weights, int weight, int[] sums, int length) {
    int[] first = lines[line];
    int[] second = lines[line + 1];
    int[] third = lines[line + 2];
    int[] fourth = lines[line + 3];
    int w1 = weights[weight];
    int w2 = weights[weight + 1];
    int w3 = weights[weight + 2];
    int w4 = weights[weight + 3];
    for (int i = 0; i < length; i++) {
      sums[i] += first[i] * w1 + second[i] * w2 + third[i] * w3 + fourth[i] * w4;
    }
  }

  private static void add(int[] line, int weight, int[] sums, int length) {
    for (int i = 0; i < length; i++) {
      sums[i] += line[i] * weight;
    }
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
