package io.robusttrain.data.transform;

import io.robusttrain.data.image.RgbImage;

/**
 * An affine change of geometry with the arithmetic of Pillow's {@code Image.transform(size, AFFINE,
 * ...)}: the pixel (x, y) of the result is taken at (a (x + 0.5) + b (y + 0.5) + c, d (x + 0.5) + e
 * (y + 0.5) + f) of the image, which keeps its size. Immutable and thread-safe.
 */
record Warp(double a, double b, double c, double d, double e, double f) {

  /** How a value between pixels is found. Unlike {@link Interpolation} nothing is antialiased. */
  enum Sampling {
    /** The pixel that the place lies in, in 16.16 fixed point. */
    NEAREST,
    BILINEAR,
    /** Between 16 pixels, Keys' kernel with a = -1. */
    BICUBIC
  }

  /** Moves x by {@code factor} pixels for each row. */
  static Warp shearX(double factor) {
    return new Warp(1, factor, 0, 0, 1, 0);
  }

  /** Moves y by {@code factor} pixels for each column. */
  static Warp shearY(double factor) {
    return new Warp(1, 0, 0, factor, 1, 0);
  }

  /** Moves the image by so many pixels to the left and up. */
  static Warp translate(double x, double y) {
    return new Warp(1, 0, x, 0, 1, y);
  }

  /** Turns a {@code width} x {@code height} image counter-clockwise about its centre. */
  static Warp rotate(double degrees, int width, int height) {
    double angle = degrees % 360;
    double radians = -Math.toRadians(angle < 0 ? angle + 360 : angle);
    double cos = round15(StrictMath.cos(radians));
    double sin = round15(StrictMath.sin(radians));
    double centreX = width / 2.0;
    double centreY = height / 2.0;
    double c = cos * -centreX + sin * -centreY + 0.0;
    double f = -sin * -centreX + cos * -centreY + 0.0;
    return new Warp(cos, sin, c + centreX, -sin, cos, f + centreY);
  }

  private static double round15(double value) {
    return Math.rint(value * 1e15) / 1e15;
  }

  /**
   * The changed image, a new one.
   *
   * @param fill three unsigned bytes for places outside the image
   */
  RgbImage apply(RgbImage image, Sampling sampling, byte[] fill) {
    byte[] out = new byte[image.samples().length];
    for (int i = 0; i < out.length; i += 3) {
      out[i] = fill[0];
      out[i + 1] = fill[1];
      out[i + 2] = fill[2];
    }
    switch (sampling) {
      case NEAREST -> nearest(image, out);
      case BILINEAR -> bilinear(image, out);
      case BICUBIC -> bicubic(image, out);
    }
    return new RgbImage(image.width(), image.height(), out);
  }

  private void nearest(RgbImage image, byte[] out) {
    int stepX = fixed(a);
    int stepY = fixed(d);
    int rowX = fixed(c + a * 0.5 + b * 0.5);
    int rowY = fixed(f + d * 0.5 + e * 0.5);
    byte[] in = image.samples();
    int width = image.width();
    int height = image.height();
    int to = 0;
    for (int y = 0; y < height; y++, rowX += fixed(b), rowY += fixed(e)) {
      int atX = rowX;
      int atY = rowY;
      for (int x = 0; x < width; x++, to += 3, atX += stepX, atY += stepY) {
        int column = atX >> 16;
        int row = atY >> 16;
        if (column >= 0 && column < width && row >= 0 && row < height) {
          System.arraycopy(in, 3 * (row * width + column), out, to, 3);
        }
      }
    }
  }

  private static int fixed(double value) {
    return (int) Math.floor(value * 65536.0 + 0.5);
  }

  private void bilinear(RgbImage image, byte[] out) {
    byte[] in = image.samples();
    int width = image.width();
    int height = image.height();
    int to = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++, to += 3) {
        double atX = a * (x + 0.5) + b * (y + 0.5) + c;
        double atY = d * (x + 0.5) + e * (y + 0.5) + f;
        if (!(atX >= 0 && atX < width && atY >= 0 && atY < height)) {
          continue;
        }
        int column = (int) Math.floor(atX - 0.5);
        int row = (int) Math.floor(atY - 0.5);
        double dx = atX - 0.5 - column;
        double dy = atY - 0.5 - row;
        int left = 3 * Math.max(column, 0);
        int right = 3 * Math.min(column + 1, width - 1);
        int upper = 3 * width * Math.max(row, 0);
        int lower = 3 * width * Math.min(row + 1, height - 1);
        for (int band = 0; band < 3; band++) {
          double top = mix(in[upper + left + band], in[upper + right + band], dx);
          double bottom = mix(in[lower + left + band], in[lower + right + band], dx);
          out[to + band] = (byte) (int) (top + (bottom - top) * dy);
        }
      }
    }
  }

  private static double mix(byte first, byte second, double t) {
    int start = first & 0xff;
    return start + ((second & 0xff) - start) * t;
  }

  private void bicubic(RgbImage image, byte[] out) {
    byte[] in = image.samples();
    int width = image.width();
    int height = image.height();
    int to = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++, to += 3) {
        double atX = a * (x + 0.5) + b * (y + 0.5) + c;
        double atY = d * (x + 0.5) + e * (y + 0.5) + f;
        if (!(atX >= 0 && atX < width && atY >= 0 && atY < height)) {
          continue;
        }
        int column = (int) Math.floor(atX - 0.5);
        int row = (int) Math.floor(atY - 0.5);
        double dx = atX - 0.5 - column;
        double dy = atY - 0.5 - row;
        int x0 = 3 * Math.max(column - 1, 0);
        int x1 = 3 * Math.max(column, 0);
        int x2 = 3 * Math.min(column + 1, width - 1);
        int x3 = 3 * Math.min(column + 2, width - 1);
        int stride = 3 * width;
        int y0 = stride * Math.max(row - 1, 0);
        int y1 = stride * Math.max(row, 0);
        int y2 = stride * Math.min(row + 1, height - 1);
        int y3 = stride * Math.min(row + 2, height - 1);
        // On a row or a column of pixels the curve goes through them: shears, translations.
        for (int band = 0; band < 3; band++) {
          double value;
          if (dy == 0) {
            value = cubic(in, y1 + band, x0, x1, x2, x3, dx);
          } else if (dx == 0) {
            value = cubic(in, x1 + band, y0, y1, y2, y3, dy);
          } else {
            double v0 = cubic(in, y0 + band, x0, x1, x2, x3, dx);
            double v1 = cubic(in, y1 + band, x0, x1, x2, x3, dx);
            double v2 = cubic(in, y2 + band, x0, x1, x2, x3, dx);
            double v3 = cubic(in, y3 + band, x0, x1, x2, x3, dx);
            value = cubic(v0, v1, v2, v3, dy);
          }
          out[to + band] = (byte) (value <= 0 ? 0 : value >= 255 ? 255 : (int) value);
        }
      }
    }
  }

  private static double cubic(byte[] in, int from, int i0, int i1, int i2, int i3, double t) {
    return cubic(
        in[from + i0] & 0xff, in[from + i1] & 0xff, in[from + i2] & 0xff, in[from + i3] & 0xff, t);
  }

  private static double cubic(double v0, double v1, double v2, double v3, double t) {
    double slope = -v0 + v2;
    double square = 2 * (v0 - v1) + v2 - v3;
    double cube = -v0 + v1 - v2 + v3;
    return v1 + t * (slope + t * (square + t * cube));
  }
}
