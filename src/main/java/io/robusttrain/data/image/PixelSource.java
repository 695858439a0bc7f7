package io.robusttrain.data.image;

/** The pixels of an image, taken out a rectangle at a time: 8-bit RGB. */
public interface PixelSource {
  /** W in pixels, at least 1. */
  int width();

  /** H in pixels, at least 1. */
  int height();

  /**
   * Copies a rectangle to the start of an array: row-major, interleaved (rows, columns, 3).
   *
   * @throws IndexOutOfBoundsException when the rectangle leaves the image or does not fit
   */
  void read(int left, int top, int columns, int rows, byte[] out);
}
