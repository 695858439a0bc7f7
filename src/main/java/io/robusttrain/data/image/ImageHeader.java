package io.robusttrain.data.image;

import static io.robusttrain.data.image.JpegSegments.u16;
import static io.robusttrain.data.image.JpegSegments.u8;

import io.robusttrain.data.DataException;
import java.util.HexFormat;

/**
 * What the first bytes of an encoded image say, read without decoding it.
 *
 * @param coding container and colour model
 * @param width W in pixels, before any EXIF rotation
 * @param height H in pixels, before any EXIF rotation
 */
record ImageHeader(Coding coding, int width, int height) {

  /** Supported containers, split where the colour model needs its own way of decoding. */
  enum Coding {
    /** Grey, YCbCr or RGB JPEG. */
    JPEG,
    /** CMYK or YCCK JPEG. */
    JPEG_CMYK,
    /** PNG of any colour type but the next. */
    PNG,
    /** PNG with one grey channel of 16 bits. */
    PNG_GREY16,
    WEBP
  }

  /**
   * Reads the header.
   *
   * @throws DataException when the bytes are no JPEG, PNG or WebP, or end inside the header
   */
  static ImageHeader read(byte[] b) {
    try {
      if (b.length >= 3 && u16(b, 0) == 0xffd8 && u8(b, 2) == 0xff) {
        return jpeg(b);
      }
      if (b.length >= 8 && u32(b, 0) == 0x89504e47L && u32(b, 4) == 0x0d0a1a0aL) {
        Coding coding = u8(b, 24) == 16 && u8(b, 25) == 0 ? Coding.PNG_GREY16 : Coding.PNG;
        return new ImageHeader(coding, dimension(u32(b, 16)), dimension(u32(b, 20)));
      }
      if (b.length >= 12 && ascii(b, 0, "RIFF") && ascii(b, 8, "WEBP")) {
        return webp(b);
      }
    } catch (ArrayIndexOutOfBoundsException e) {
      throw new DataException("the image ends inside its header; the file is cut short", e);
    }
    throw new DataException(
        b.length == 0
            ? "the image is empty (0 bytes)"
            : "not a JPEG, PNG or WebP image (%d bytes, starting %s)"
                .formatted(b.length, HexFormat.of().formatHex(b, 0, Math.min(b.length, 8))));
  }

  private static ImageHeader jpeg(byte[] b) {
    for (JpegSegments s = new JpegSegments(b); s.next(); ) {
      if (s.isFrame()) {
        Coding coding = u8(b, s.start() + 5) == 4 ? Coding.JPEG_CMYK : Coding.JPEG;
        return new ImageHeader(
            coding, dimension(u16(b, s.start() + 3)), dimension(u16(b, s.start() + 1)));
      }
    }
    throw new DataException("the JPEG has no frame header before its first scan");
  }

  private static ImageHeader webp(byte[] b) {
    if (ascii(b, 12, "VP8X")) {
      return new ImageHeader(Coding.WEBP, 1 + u24le(b, 24), 1 + u24le(b, 27));
    }
    if (ascii(b, 12, "VP8L")) {
      long bits = u24le(b, 21) | (long) u8(b, 24) << 24;
      return new ImageHeader(
          Coding.WEBP, 1 + (int) (bits & 0x3fff), 1 + (int) (bits >> 14 & 0x3fff));
    }
    if (ascii(b, 12, "VP8 ")) {
      int width = (u8(b, 26) | u8(b, 27) << 8) & 0x3fff;
      int height = (u8(b, 28) | u8(b, 29) << 8) & 0x3fff;
      return new ImageHeader(Coding.WEBP, dimension(width), dimension(height));
    }
    throw new DataException("the WebP file has no image chunk");
  }

  private static int dimension(long value) {
    if (value < 1 || value > Integer.MAX_VALUE) {
      throw new DataException("the image header states an impossible side of " + value + " pixels");
    }
    return (int) value;
  }

  static boolean ascii(byte[] b, int at, String text) {
    if (at + text.length() > b.length) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (b[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static long u32(byte[] b, int at) {
    return (long) u16(b, at) << 16 | u16(b, at + 2);
  }

  private static int u24le(byte[] b, int at) {
    return u8(b, at) | u8(b, at + 1) << 8 | u8(b, at + 2) << 16;
  }
}
