package io.robusttrain.data.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The orientation in the EXIF data of a JPEG (segment APP1), PNG (chunk {@code eXIf}) or WebP
 * (chunk {@code EXIF}). Damaged EXIF data counts as none: it takes nothing from the pixels.
 * Stateless.
 */
final class ExifTag {
  /** The value of upright images. */
  static final int UPRIGHT = 1;

  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;
  private static final int LARGEST = 8;
  private static final int APP1 = 0xe1;
  private static final String PREFIX = "Exif\0\0";

  private ExifTag() {}

  /** The orientation, 1 to 8; {@link #UPRIGHT} where the image does not say. */
  static int orientation(byte[] encoded, ImageHeader.Coding coding) {
    try {
      Optional<ByteBuffer> tiff =
          switch (coding) {
            case JPEG, JPEG_CMYK -> ofJpeg(encoded);
            case PNG, PNG_GREY16 -> ofPng(encoded);
            case WEBP -> ofWebp(encoded);
          };
      return tiff.map(ExifTag::orientation).orElse(UPRIGHT);
    } catch (IndexOutOfBoundsException | ArithmeticException damaged) {
      return UPRIGHT;
    }
  }

  private static Optional<ByteBuffer> ofJpeg(byte[] b) {
    for (JpegSegments s = new JpegSegments(b); s.next(); ) {
      if (s.marker() == APP1 && ImageHeader.ascii(b, s.start(), PREFIX)) {
        return Optional.of(part(b, s.start(), s.end() - s.start()));
      }
    }
    return Optional.empty();
  }

  /** Chunks of length, name, content and checksum. */
  private static Optional<ByteBuffer> ofPng(byte[] b) {
    ByteBuffer all = ByteBuffer.wrap(b);
    for (long at = 8; at + 12 <= b.length; ) {
      int start = (int) at;
      long length = Integer.toUnsignedLong(all.getInt(start));
      if (ImageHeader.ascii(b, start + 4, "eXIf")) {
        return Optional.of(part(b, start + 8, length));
      }
      at += length + 12;
    }
    return Optional.empty();
  }

  /** Chunks of name, little-endian length and content, padded to even length. */
  private static Optional<ByteBuffer> ofWebp(byte[] b) {
    ByteBuffer all = ByteBuffer.wrap(b).order(ByteOrder.LITTLE_ENDIAN);
    for (long at = 12; at + 8 <= b.length; ) {
      int start = (int) at;
      long length = Integer.toUnsignedLong(all.getInt(start + 4));
      if (ImageHeader.ascii(b, start, "EXIF")) {
        return Optional.of(part(b, start + 8, length));
      }
      at += length + (length & 1) + 8;
    }
    return Optional.empty();
  }

  /** The TIFF structure in a piece of the file, whose name before it may be missing. */
  private static ByteBuffer part(byte[] b, int start, long length) {
    int skipped = ImageHeader.ascii(b, start, PREFIX) ? PREFIX.length() : 0;
    return ByteBuffer.wrap(b, start + skipped, Math.toIntExact(length) - skipped).slice();
  }

  private static int orientation(ByteBuffer tiff) {
    boolean little = tiff.get(0) == 'I';
    tiff.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int directory = tiff.getInt(4);
    int entries = Short.toUnsignedInt(tiff.getShort(directory));
    for (int i = 0; i < entries; i++) {
      int entry = directory + 2 + 12 * i;
      if (Short.toUnsignedInt(tiff.getShort(entry)) == ORIENTATION
          && tiff.getShort(entry + 2) == SHORT) {
        int value = Short.toUnsignedInt(tiff.getShort(entry + 8));
        return value >= UPRIGHT && value <= LARGEST ? value : UPRIGHT;
      }
    }
    return UPRIGHT;
  }
}
