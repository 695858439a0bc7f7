package io.robusttrain.data.transform;

import io.robusttrain.data.image.RgbImage;

/**
 * Pillow's {@code ImageEnhance.Sharpness}: a blend of the image with itself smoothed by the 3 x 3
 * kernel (1 1 1, 1 5 1, 1 1 1) / 13; the outermost pixels are not smoothed. Stateless and
 * thread-safe.
 */
final class Sharpness {
  private static final float RIM = 1f / 13f;
  private static final float CENTRE = 5f / 13f;

  private Sharpness() {}

  /**
   * Changes the samples of {@code image} in place.
   *
   * @param factor 0 smooths, 1 leaves the image as it is, more sharpens
   */
  static void apply(RgbImage image, double factor) {
    float alpha = (float) factor;
    int width = image.width();
    int height = image.height();
    if (alpha == 1.0f || width < 3 || height < 3) {
      return;
    }
    byte[] out = image.samples();
    byte[] in = out.clone();
    int stride = 3 * width;
    for (int y = 1; y < height - 1; y++) {
      int from = y * stride + 3;
      int to = (y + 1) * stride - 3;
      for (int i = from; i < to; i++) {
        // The order of Pillow's sums in single precision: offset, row below, own row, row above.
        float sum = 0.5f;
        sum += row(in, i + stride, RIM);
        sum += row(in, i, CENTRE);
        sum += row(in, i - stride, RIM);
        int smooth = sum >= 255.0f ? 255 : (int) sum;
        out[i] = ColorOps.blend(smooth, in[i] & 0xff, alpha);
      }
    }
  }

  private static float row(byte[] in, int i, float centre) {
    return (in[i - 3] & 0xff) * RIM + (in[i] & 0xff) * centre + (in[i + 3] & 0xff) * RIM;
  }
}
