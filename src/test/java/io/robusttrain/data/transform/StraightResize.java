package io.robusttrain.data.transform;

import io.robusttrain.data.image.RgbImage;

/** Pillow's resize, sample by sample in the order of its definition: an oracle for any size. */
final class StraightResize {
  private StraightResize() {}

  static RgbImage of(RgbImage image, Region crop, int width, int height, Interpolation filter) {
    RgbImage cut = new RgbImage(crop.width(), crop.height(), new byte[3 * area(crop)]);
    image.read(crop.left(), crop.top(), crop.width(), crop.height(), cut.samples());
    RgbImage wide = width == crop.width() ? cut : alongRows(cut, width, filter);
    return height == crop.height() ? wide : transposed(alongRows(transposed(wide), height, filter));
  }

  private static int area(Region region) {
    return region.width() * region.height();
  }

  private static RgbImage alongRows(RgbImage image, int width, Interpolation filter) {
    Kernel kernel = Kernel.of(filter, image.width(), width, 0, width);
    byte[] out = new byte[3 * width * image.height()];
    for (int i = 0; i < out.length; i++) {
      int band = i % 3;
      int x = i / 3 % width;
      int row = i / 3 / width * image.width();
      long sum = 1L << (Kernel.PRECISION_BITS - 1);
      for (int k = 0; k < kernel.count()[x]; k++) {
        int sample = image.samples()[3 * (row + kernel.first()[x] + k) + band] & 0xff;
        sum += (long) sample * kernel.weights()[x * kernel.taps() + k];
      }
      out[i] = (byte) Math.max(0, Math.min(255, sum >> Kernel.PRECISION_BITS));
    }
    return new RgbImage(width, image.height(), out);
  }

  private static RgbImage transposed(RgbImage image) {
    byte[] out = new byte[image.samples().length];
    for (int i = 0; i < out.length / 3; i++) {
      int x = i % image.width();
      int y = i / image.width();
      System.arraycopy(image.samples(), 3 * i, out, 3 * (x * image.height() + y), 3);
    }
    return new RgbImage(image.height(), image.width(), out);
  }
}
