package io.robusttrain.data.prep.source;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Encodes pixels; deterministic for one JDK. RGB arrays are row-major, three bytes a pixel. */
final class EncodedImages {
  private EncodedImages() {}

  static byte[] png(int width, int height, byte[] rgb) {
    return encode("png", width, height, rgb, Float.NaN);
  }

  /** Baseline JPEG with 4:2:0 chroma; quality in (0, 1]. */
  static byte[] jpeg(int width, int height, byte[] rgb, float quality) {
    return encode("jpeg", width, height, rgb, quality);
  }

  /** RGB from three planes of equal size. */
  static byte[] interleave(byte[] planes) {
    int pixels = planes.length / 3;
    byte[] rgb = new byte[planes.length];
    for (int i = 0; i < pixels; i++) {
      for (int c = 0; c < 3; c++) {
        rgb[3 * i + c] = planes[c * pixels + i];
      }
    }
    return rgb;
  }

  private static byte[] encode(String format, int width, int height, byte[] rgb, float quality) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] packed = new int[width * height];
    for (int i = 0; i < packed.length; i++) {
      packed[i] =
          (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | (rgb[3 * i + 2] & 0xff);
    }
    image.setRGB(0, 0, width, height, packed, 0, width);
    ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      if (!Float.isNaN(quality)) {
        param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        param.setCompressionQuality(quality);
      }
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), param);
    } catch (IOException e) {
      throw new UncheckedIOException("encoding to memory failed", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
