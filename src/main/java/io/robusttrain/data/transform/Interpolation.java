package io.robusttrain.data.transform;

/** Resampling kernels of Pillow, widened (antialiased) when an image shrinks. */
public enum Interpolation {
  /** Triangle kernel, support 1 pixel. */
  BILINEAR(1.0) {
    @Override
    double weight(double x) {
      double d = Math.abs(x);
      return d < 1.0 ? 1.0 - d : 0.0;
    }
  },
  /** Keys' cubic kernel with a = -0.5, support 2 pixels. */
  BICUBIC(2.0) {
    @Override
    double weight(double x) {
      double d = Math.abs(x);
      if (d < 1.0) {
        return ((A + 2.0) * d - (A + 3.0)) * d * d + 1;
      }
      return d < 2.0 ? (((d - 5) * d + 8) * d - 4) * A : 0.0;
    }
  };

  private static final double A = -0.5;

  private final double support;

  Interpolation(double support) {
    this.support = support;
  }

  /** Half the width of the kernel, in pixels at scale 1. */
  double support() {
    return support;
  }

  /** Kernel value at distance {@code x}, in pixels at scale 1. */
  abstract double weight(double x);
}
