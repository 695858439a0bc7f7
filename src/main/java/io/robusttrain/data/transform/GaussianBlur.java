package io.robusttrain.data.transform;

import io.robusttrain.data.image.RgbImage;

/**
 * Pillow's {@code ImageFilter.GaussianBlur}: three box blurs of fractional radius along the rows,
 * then three along the columns (Gwosdek et al., 2011), in 24-bit fixed point; pixels of the edge
 * are repeated outside. Stateless and thread-safe.
 */
final class GaussianBlur {
  private static final int PASSES = 3;
  private static final int ONE = 1 << 24;
  private static final int HALF = 1 << 23;

  private GaussianBlur() {}

  /**
   * Blurs the samples of {@code image} in place.
   *
   * @param radius standard deviation in pixels, above 0
   */
  static void apply(RgbImage image, double radius) {
    float box = boxRadius((float) radius);
    if (box == 0) {
      return;
    }
    int width = image.width();
    int height = image.height();
    byte[] samples = image.samples();
    byte[] line = new byte[Math.max(width, height)];
    for (int row = 0; row < height; row++) {
      for (int band = 0; band < 3; band++) {
        blur(samples, 3 * row * width + band, 3, width, box, line);
      }
    }
    for (int column = 0; column < width; column++) {
      for (int band = 0; band < 3; band++) {
        blur(samples, 3 * column + band, 3 * width, height, box, line);
      }
    }
  }

  /**
   * Radius of the box that gives a Gaussian of standard deviation {@code sigma} in three passes.
   */
  private static float boxRadius(float sigma) {
    float variance = sigma * sigma / PASSES;
    float length = (float) Math.sqrt(12.0 * variance + 1.0);
    float whole = (float) Math.floor((length - 1.0) / 2.0);
    float part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);
    part /= 6 * (variance - (whole + 1) * (whole + 1));
    return whole + part;
  }

  private static void blur(byte[] samples, int from, int step, int count, float box, byte[] line) {
    int radius = (int) box;
    int inner = (int) (ONE / (box * 2 + 1));
    int outer = (ONE - (radius * 2 + 1) * inner) / 2;
    int last = count - 1;
    for (int pass = 0; pass < PASSES; pass++) {
      for (int i = 0, at = from; i < count; i++, at += step) {
        line[i] = samples[at];
      }
      int sum = 0;
      for (int k = -radius - 1; k < radius; k++) {
        sum += line[Math.max(0, Math.min(k, last))] & 0xff;
      }
      for (int i = 0, at = from; i < count; i++, at += step) {
        int before = line[Math.max(i - radius - 1, 0)] & 0xff;
        sum += (line[Math.min(i + radius, last)] & 0xff) - before;
        int after = line[Math.min(i + radius + 1, last)] & 0xff;
        samples[at] = (byte) ((sum * inner + (before + after) * outer + HALF) >>> 24);
      }
    }
  }
}
