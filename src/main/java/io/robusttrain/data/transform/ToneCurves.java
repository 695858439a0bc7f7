package io.robusttrain.data.transform;

import io.robusttrain.data.image.RgbImage;
import java.util.function.IntUnaryOperator;

/**
 * Changes that map each 8-bit value by a table, with the arithmetic of Pillow's {@code ImageOps}.
 * Each works in place on the samples of the image it is given. Stateless and thread-safe.
 */
final class ToneCurves {
  private ToneCurves() {}

  /** Stretches each channel to 0 to 255: {@code ImageOps.autocontrast} without a cut-off. */
  static void autoContrast(RgbImage image) {
    int[][] histograms = histograms(image);
    byte[][] curves = new byte[3][];
    for (int band = 0; band < 3; band++) {
      int low = 0;
      int high = 255;
      while (low < 255 && histograms[band][low] == 0) {
        low++;
      }
      while (high > 0 && histograms[band][high] == 0) {
        high--;
      }
      curves[band] = curve(v -> v);
      if (high > low) {
        double scale = 255.0 / (high - low);
        double offset = -low * scale;
        for (int v = 0; v < 256; v++) {
          curves[band][v] = clip((int) (v * scale + offset));
        }
      }
    }
    apply(image, curves);
  }

  /** Makes each channel's histogram even: {@code ImageOps.equalize}. */
  static void equalize(RgbImage image) {
    int[][] histograms = histograms(image);
    byte[][] curves = new byte[3][];
    for (int band = 0; band < 3; band++) {
      int[] histogram = histograms[band];
      int last = 255;
      while (last > 0 && histogram[last] == 0) {
        last--;
      }
      int step = (image.width() * image.height() - histogram[last]) / 255;
      curves[band] = curve(v -> v);
      if (step > 0) {
        int n = step / 2;
        for (int v = 0; v < 256; v++) {
          curves[band][v] = clip(n / step);
          n += histogram[v];
        }
      }
    }
    apply(image, curves);
  }

  /** The negative: {@code ImageOps.invert}. */
  static void invert(RgbImage image) {
    solarize(image, 0);
  }

  /**
   * Keeps the upper bits: {@code ImageOps.posterize}.
   *
   * @param bits bits that are kept, 0 (black) to 8 (all)
   */
  static void posterize(RgbImage image, int bits) {
    apply(image, v -> v & -(1 << (8 - bits)));
  }

  /** Inverts values from {@code threshold} on: {@code ImageOps.solarize}. */
  static void solarize(RgbImage image, int threshold) {
    apply(image, v -> v < threshold ? v : 255 - v);
  }

  /** Adds {@code addend} to values below 128, as timm's {@code solarize_add}. */
  static void solarizeAdd(RgbImage image, int addend) {
    apply(image, v -> v < 128 ? Math.min(255, v + addend) : v);
  }

  private static void apply(RgbImage image, IntUnaryOperator change) {
    byte[] curve = curve(change);
    apply(image, curve, curve, curve);
  }

  private static void apply(RgbImage image, byte[]... curves) {
    byte[] samples = image.samples();
    byte[] red = curves[0];
    byte[] green = curves[1];
    byte[] blue = curves[2];
    for (int i = 0; i < samples.length; i += 3) {
      samples[i] = red[samples[i] & 0xff];
      samples[i + 1] = green[samples[i + 1] & 0xff];
      samples[i + 2] = blue[samples[i + 2] & 0xff];
    }
  }

  private static int[][] histograms(RgbImage image) {
    int[][] counts = new int[3][256];
    byte[] samples = image.samples();
    for (int i = 0; i < samples.length; i += 3) {
      counts[0][samples[i] & 0xff]++;
      counts[1][samples[i + 1] & 0xff]++;
      counts[2][samples[i + 2] & 0xff]++;
    }
    return counts;
  }

  private static byte[] curve(IntUnaryOperator change) {
    byte[] curve = new byte[256];
    for (int v = 0; v < 256; v++) {
      curve[v] = (byte) change.applyAsInt(v);
    }
    return curve;
  }

  private static byte clip(int value) {
    return (byte) Math.max(0, Math.min(255, value));
  }
}
