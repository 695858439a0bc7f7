package io.robusttrain.data;

import static io.robusttrain.data.ImageHeader.ascii;
import static io.robusttrain.data.ImageHeader.u16;
import static io.robusttrain.data.ImageHeader.u32;
import static io.robusttrain.data.ImageHeader.u8;

/**
 * The EXIF orientation tag (274): how stored pixels relate to the upright image.
 *
 * @param tag 1 (upright) to 8; unknown values count as 1
 */
record ExifOrientation(int tag) {
  private static final int ORIENTATION = 274;
  private static final int APP1 = 0xe1;

  /** Finds the tag; 1 when there is no EXIF data or it is unreadable, as in Pillow. */
  static ExifOrientation of(byte[] b, ImageHeader.Coding coding) {
    try {
      return new ExifOrientation(
          switch (coding) {
            case JPEG, JPEG_CMYK -> jpeg(b);
            case PNG, PNG_GREY16 -> png(b);
            case WEBP -> webp(b);
          });
    } catch (ArrayIndexOutOfBoundsException e) {
      return new ExifOrientation(1); // an EXIF block with offsets beyond its end says nothing
    }
  }

  private static int jpeg(byte[] b) {
    for (JpegSegments s = new JpegSegments(b); s.next(); ) {
      if (s.marker() == APP1 && ascii(b, s.start(), "Exif\0\0")) {
        return tiff(b, s.start() + 6);
      }
    }
    return 1;
  }

  private static int png(byte[] b) {
    long at = 8;
    while (at + 8 <= b.length) {
      if (ascii(b, (int) at + 4, "eXIf")) {
        return tiff(b, (int) at + 8);
      }
      at += 12 + u32(b, (int) at);
    }
    return 1;
  }

  private static int webp(byte[] b) {
    long at = 12;
    while (at + 8 <= b.length) {
      int i = (int) at;
      if (ascii(b, i, "EXIF")) {
        return tiff(b, ascii(b, i + 8, "Exif\0\0") ? i + 14 : i + 8);
      }
      long size = Integer.toUnsignedLong(Integer.reverseBytes((int) u32(b, i + 4)));
      at += 8 + size + (size & 1);
    }
    return 1;
  }

  /** Reads the first directory of the TIFF structure at {@code base}. */
  private static int tiff(byte[] b, int base) {
    boolean little = ascii(b, base, "II");
    int directory = base + number(b, base + 4, 4, little);
    int entries = number(b, directory, 2, little);
    for (int i = 0; i < entries; i++) {
      int entry = directory + 2 + 12 * i;
      if (number(b, entry, 2, little) == ORIENTATION) {
        int value = number(b, entry + 8, 2, little);
        return value >= 1 && value <= 8 ? value : 1;
      }
    }
    return 1;
  }

  private static int number(byte[] b, int at, int size, boolean little) {
    int value = size == 2 ? u16(b, at) : (int) u32(b, at);
    if (!little) {
      return value;
    }
    return size == 2 ? u8(b, at) | u8(b, at + 1) << 8 : Integer.reverseBytes(value);
  }

  /** The image with the orientation applied; the image itself when the tag is 1. */
  RgbImage upright(RgbImage image) {
    if (tag == 1) {
      return image;
    }
    int w = image.width();
    int h = image.height();
    boolean swaps = tag >= 5;
    int outWidth = swaps ? h : w;
    int outHeight = swaps ? w : h;
    byte[] in = image.samples();
    byte[] out = new byte[in.length];
    int to = 0;
    for (int y = 0; y < outHeight; y++) {
      for (int x = 0; x < outWidth; x++) {
        int sourceX =
            switch (tag) {
              case 2, 3 -> w - 1 - x;
              case 4 -> x;
              case 5, 6 -> y;
              default -> w - 1 - y; // 7, 8
            };
        int sourceY =
            switch (tag) {
              case 2 -> y;
              case 3, 4 -> h - 1 - y;
              case 5, 8 -> x;
              default -> h - 1 - x; // 6, 7
            };
        int from = 3 * (sourceY * w + sourceX);
        out[to++] = in[from];
        out[to++] = in[from + 1];
        out[to++] = in[from + 2];
      }
    }
    return new RgbImage(outWidth, outHeight, out);
  }
}
