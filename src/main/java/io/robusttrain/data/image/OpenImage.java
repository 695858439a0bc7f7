package io.robusttrain.data.image;

import java.util.Objects;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * A decoded image whose pixels lie in native memory until it is closed: who needs a part of them
 * copies no more than that part. Not thread-safe.
 */
public final class OpenImage implements PixelSource, AutoCloseable {
  private final int width;
  private final int height;
  private final PixelSource inHeap;
  private final Mat matrix;
  private final BytePointer samples;

  /** An image in the heap. */
  OpenImage(RgbImage image) {
    this.width = image.width();
    this.height = image.height();
    this.inHeap = image;
    this.matrix = null;
    this.samples = null;
  }

  /** Takes over a continuous matrix of 8-bit RGB. */
  OpenImage(Mat matrix) {
    this.width = matrix.cols();
    this.height = matrix.rows();
    this.inHeap = null;
    this.matrix = matrix;
    this.samples = matrix.data();
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int height() {
    return height;
  }

  @Override
  public void read(int left, int top, int columns, int rows, byte[] out) {
    if (inHeap != null) {
      inHeap.read(left, top, columns, rows, out);
      return;
    }
    Objects.checkFromIndexSize(left, columns, width);
    Objects.checkFromIndexSize(top, rows, height);
    Objects.checkFromIndexSize(0, 3 * columns * rows, out.length);
    long from = 3L * ((long) top * width + left);
    if (columns == width) {
      samples.position(from).get(out, 0, 3 * columns * rows);
      return;
    }
    for (int row = 0; row < rows; row++, from += 3L * width) {
      samples.position(from).get(out, 3 * columns * row, 3 * columns);
    }
  }

  /** All pixels, as an image in the heap. */
  RgbImage whole() {
    if (inHeap instanceof RgbImage image) {
      return image;
    }
    byte[] out = new byte[3 * width * height];
    read(0, 0, width, height, out);
    return new RgbImage(width, height, out);
  }

  /** Gives the native memory back; nothing can be read afterwards. */
  @Override
  public void close() {
    if (matrix != null) {
      matrix.close();
    }
  }
}
