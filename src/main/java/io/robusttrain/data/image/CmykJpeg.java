package io.robusttrain.data.image;

import io.robusttrain.data.DataException;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * CMYK and YCCK JPEG through the JDK's decoder, which hands out the four channels untouched,
 * libjpeg's YCCK formula and Pillow's CMYK formula: the channels are taken as inverted, as Adobe
 * writes them. Stateless and thread-safe.
 */
final class CmykJpeg {
  private static final int ADOBE_MARKER = 0xee;
  private static final int HALF = 1 << 15;

  private CmykJpeg() {}

  static RgbImage rgb(byte[] encoded, ImageHeader header) {
    int[] channels = channels(encoded, header);
    if (isYcck(encoded)) {
      ycckToCmyk(channels);
    }
    byte[] out = new byte[channels.length / 4 * 3];
    for (int from = 0, to = 0; from < channels.length; from += 4, to += 3) {
      int white = channels[from + 3]; // 255 - K, as the channels are inverted
      for (int c = 0; c < 3; c++) {
        int product = (255 - channels[from + c]) * white + 128;
        out[to + c] = (byte) Math.max(0, white - (((product >> 8) + product) >> 8));
      }
    }
    return new RgbImage(header.width(), header.height(), out);
  }

  private static int[] channels(byte[] encoded, ImageHeader header) {
    ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
    try (var input = new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded))) {
      reader.setInput(input, true, true);
      // The reader fills missing rows with grey and only warns.
      reader.addIIOReadWarningListener(
          (source, warning) -> {
            if (warning.startsWith("Truncated File")) {
              throw new DataException(warning);
            }
          });
      Raster raster = reader.readRaster(0, null);
      if (raster.getNumBands() != 4
          || raster.getWidth() != header.width()
          || raster.getHeight() != header.height()) {
        throw new DataException("the CMYK JPEG decodes to another shape than its header states");
      }
      return raster.getPixels(0, 0, header.width(), header.height(), (int[]) null);
    } catch (IOException | RuntimeException e) { // the reader throws both for damaged data
      throw new DataException(
          "the CMYK JPEG of %dx%d pixels (%d bytes) is cut short or damaged: %s"
              .formatted(header.width(), header.height(), encoded.length, e.getMessage()),
          e);
    } finally {
      reader.dispose();
    }
  }

  /** Whether an Adobe segment announces the YCCK transform; without one libjpeg assumes CMYK. */
  private static boolean isYcck(byte[] b) {
    for (JpegSegments s = new JpegSegments(b); s.next(); ) {
      if (s.marker() == ADOBE_MARKER && ImageHeader.ascii(b, s.start(), "Adobe")) {
        return JpegSegments.u8(b, s.start() + 11) != 0;
      }
    }
    return false;
  }

  /** libjpeg's {@code ycck_cmyk_convert}: 16-bit fixed point, rounded once, clamped to 8 bits. */
  private static void ycckToCmyk(int[] p) {
    for (int i = 0; i < p.length; i += 4) {
      int y = p[i];
      int cb = p[i + 1] - 128;
      int cr = p[i + 2] - 128;
      p[i] = clamp(255 - (y + ((91881 * cr + HALF) >> 16)));
      p[i + 1] = clamp(255 - (y + ((-22554 * cb - 46802 * cr + HALF) >> 16)));
      p[i + 2] = clamp(255 - (y + ((116130 * cb + HALF) >> 16)));
    }
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
