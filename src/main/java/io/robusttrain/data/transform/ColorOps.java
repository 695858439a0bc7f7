package io.robusttrain.data.transform;

import io.robusttrain.data.image.RgbImage;

/**
 * Brightness, contrast and saturation with the arithmetic of Pillow's {@code ImageEnhance}: a blend
 * in single precision between the image and a degenerate one, truncated to 8 bits. Each works in
 * place on the samples of the image it is given. Stateless and thread-safe.
 */
public enum ColorOps {
  /** Blends with black. */
  BRIGHTNESS {
    @Override
    public void apply(RgbImage image, double factor) {
      blendWithLevel(image.samples(), 0, (float) factor);
    }
  },
  /** Blends with the rounded mean luma of the image. */
  CONTRAST {
    @Override
    public void apply(RgbImage image, double factor) {
      byte[] p = image.samples();
      long sum = 0;
      for (int i = 0; i < p.length; i += 3) {
        sum += luma(p, i);
      }
      int pixels = p.length / 3;
      int mean = (int) ((double) sum / pixels + 0.5);
      blendWithLevel(p, mean, (float) factor);
    }
  },
  /** Blends each pixel with its luma. */
  SATURATION {
    @Override
    public void apply(RgbImage image, double factor) {
      float alpha = (float) factor;
      if (alpha == 1.0f) {
        return;
      }
      byte[] p = image.samples();
      for (int i = 0; i < p.length; i += 3) {
        int grey = luma(p, i);
        p[i] = blend(grey, p[i] & 0xff, alpha);
        p[i + 1] = blend(grey, p[i + 1] & 0xff, alpha);
        p[i + 2] = blend(grey, p[i + 2] & 0xff, alpha);
      }
    }
  };

  /**
   * Changes the samples of {@code image} in place.
   *
   * @param factor 0 gives the degenerate image, 1 leaves the image as it is, more exaggerates
   */
  public abstract void apply(RgbImage image, double factor);

  /** Luma as Pillow's {@code convert("L")}: ITU-R 601-2 in 16-bit fixed point. */
  private static int luma(byte[] p, int i) {
    return ((p[i] & 0xff) * 19595 + (p[i + 1] & 0xff) * 38470 + (p[i + 2] & 0xff) * 7471 + 0x8000)
        >> 16;
  }

  private static void blendWithLevel(byte[] p, int level, float alpha) {
    if (alpha == 1.0f) {
      return;
    }
    byte[] table = new byte[256];
    for (int v = 0; v < 256; v++) {
      table[v] = blend(level, v, alpha);
    }
    for (int i = 0; i < p.length; i++) {
      p[i] = table[p[i] & 0xff];
    }
  }

  /** One value of a blend, truncated to 8 bits. */
  static byte blend(int degenerate, int value, float alpha) {
    float mixed = degenerate + alpha * (value - degenerate);
    return (byte) (mixed <= 0.0f ? 0 : mixed >= 255.0f ? 255 : (int) mixed);
  }
}
