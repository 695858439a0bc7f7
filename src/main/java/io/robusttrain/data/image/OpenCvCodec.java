package io.robusttrain.data.image;

import static org.bytedeco.opencv.global.opencv_core.CV_16U;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_core.CV_8UC3;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR_RGB;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_UNCHANGED;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imdecode;

import io.robusttrain.data.DataException;
import io.robusttrain.tensor.Blas;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/** libjpeg-turbo, libpng and libwebp as OpenCV drives them. Stateless and thread-safe. */
@SuppressWarnings("try") // a pointer scope owns what is made inside it without being named
final class OpenCvCodec {
  static {
    // OpenCV brings a BLAS along, which must be the one that libtorch finds.
    Blas.current();
    // Decoding is parallel over images; a pool inside OpenCV would only fight with the others.
    opencv_core.setNumThreads(0);
  }

  private OpenCvCodec() {}

  /** Decodes to 8-bit RGB; alpha is dropped, palettes are looked up, 16 bits lose the low 8. */
  static OpenImage rgb(byte[] encoded, ImageHeader header) {
    try (PointerScope scope = new PointerScope()) {
      Mat image = decode(encoded, header, IMREAD_COLOR_RGB | IMREAD_IGNORE_ORIENTATION);
      if (image.type() != CV_8UC3 || !image.isContinuous()) {
        throw new IllegalStateException("OpenCV gave a matrix of type " + image.type());
      }
      image.retainReference(); // what is returned gives it back
      return new OpenImage(image);
    }
  }

  /** Decodes a 16-bit grey PNG; values above 255 saturate, as in Pillow's conversion. */
  static RgbImage grey16(byte[] encoded, ImageHeader header) {
    try (PointerScope scope = new PointerScope()) {
      Mat image = decode(encoded, header, IMREAD_UNCHANGED);
      if (image.depth() != CV_16U) {
        throw new IllegalStateException("OpenCV gave a matrix of type " + image.type());
      }
      int sampleBytes = 2 * image.channels();
      byte[] raw = bytes(image, sampleBytes);
      byte[] out = new byte[raw.length / sampleBytes * 3];
      for (int from = 0, to = 0; to < out.length; from += sampleBytes, to += 3) {
        byte value = raw[from + 1] == 0 ? raw[from] : (byte) 255; // little-endian
        out[to] = value;
        out[to + 1] = value;
        out[to + 2] = value;
      }
      return new RgbImage(image.cols(), image.rows(), out);
    }
  }

  private static Mat decode(byte[] encoded, ImageHeader header, int flags) {
    Mat buffer = new Mat(1, encoded.length, CV_8UC1, new BytePointer(encoded));
    Mat image;
    try {
      image = imdecode(buffer, flags);
    } catch (RuntimeException e) { // cv::Exception arrives as a RuntimeException
      throw new DataException(broken(encoded, header) + ": " + e.getMessage(), e);
    }
    if (image.empty() || image.cols() != header.width() || image.rows() != header.height()) {
      throw new DataException(broken(encoded, header));
    }
    return image;
  }

  private static String broken(byte[] encoded, ImageHeader header) {
    return "the %s image of %dx%d pixels (%d bytes) is cut short or damaged"
        .formatted(header.coding(), header.width(), header.height(), encoded.length);
  }

  private static byte[] bytes(Mat image, int pixelBytes) {
    byte[] out = new byte[image.rows() * image.cols() * pixelBytes];
    image.data().get(out);
    return out;
  }
}
