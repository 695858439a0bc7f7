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
      int[] shifts = shifts(alpha);
      if (shifts == null) {
        blendWithLuma(image.samples(), alpha);
      } else {
        shiftFromLuma(image.samples(), shifts);
      }
    }
  };

  /** Distances between two samples: -255 to 255. */
  private static final int DISTANCES = 511;

  private static final int NO_DISTANCE = 255;

  /** Below this a fraction and a sample lose nothing that matters when they are added. */
  private static final double CERTAIN = 1 - 0x1p-15;

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

  static void blendWithLuma(byte[] p, float alpha) {
    for (int i = 0; i < p.length; i += 3) {
      int grey = luma(p, i);
      p[i] = blend(grey, p[i] & 0xff, alpha);
      p[i + 1] = blend(grey, p[i + 1] & 0xff, alpha);
      p[i + 2] = blend(grey, p[i + 2] & 0xff, alpha);
    }
  }

  /**
   * For each distance d from the luma, floor(alpha d): added to the luma it is what {@link #blend}
   * truncates to, for a luma is whole. Single precision rounds a sum in [0, 255] by 2^-17 at most,
   * and so past a whole number only where the fraction of alpha d is nearer to 1 than that.
   *
   * @return null where one is, which takes some unlucky factors
   */
  static int[] shifts(float alpha) {
    int[] shifts = new int[DISTANCES];
    for (int i = 0; i < DISTANCES; i++) {
      double product = alpha * (i - NO_DISTANCE);
      double floor = Math.floor(product);
      if (product - floor > CERTAIN) {
        return null;
      }
      shifts[i] = (int) Math.max(-512, Math.min(512, floor)); // beyond it is cut off anyway
    }
    return shifts;
  }

  private static void shiftFromLuma(byte[] p, int[] shifts) {
    for (int i = 0; i < p.length; i += 3) {
      int grey = luma(p, i);
      p[i] = shifted(grey, p[i] & 0xff, shifts);
      p[i + 1] = shifted(grey, p[i + 1] & 0xff, shifts);
      p[i + 2] = shifted(grey, p[i + 2] & 0xff, shifts);
    }
  }

  private static byte shifted(int grey, int value, int[] shifts) {
    int sum = grey + shifts[value - grey + NO_DISTANCE];
    return (byte) Math.max(0, Math.min(255, sum));
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
