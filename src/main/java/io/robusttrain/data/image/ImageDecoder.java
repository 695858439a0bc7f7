package io.robusttrain.data.image;

import io.robusttrain.data.DataException;

/**
 * Decodes JPEG, PNG and WebP to the RGB that Pillow's {@code Image.open(...).convert("RGB")} gives:
 * alpha is dropped, palettes are looked up, 16-bit samples become 8-bit as there, CMYK goes through
 * Pillow's formula, and an EXIF orientation is applied only if asked. Native memory is released
 * before a call returns. Stateless and thread-safe.
 */
public final class ImageDecoder {
  /** Pixels beyond which Pillow refuses an image as a decompression bomb: 2 x 2^28 / 3 - 1. */
  public static final long DEFAULT_PIXEL_LIMIT = 178_956_970L;

  private static final long LARGEST_PIXEL_LIMIT = Integer.MAX_VALUE / 3;

  private ImageDecoder() {}

  /**
   * Decodes one image as it is stored.
   *
   * @throws DataException as {@link #decode(byte[], long, ExifOrientation)}
   */
  public static RgbImage decode(byte[] encoded, long pixelLimit) {
    return decode(encoded, pixelLimit, ExifOrientation.IGNORE);
  }

  /**
   * Decodes one image.
   *
   * @param pixelLimit largest number of pixels accepted, checked before anything is decoded
   * @param orientation what becomes of an EXIF orientation
   * @throws DataException when the bytes are no decodable image or exceed the limit, with the
   *     reason
   */
  public static RgbImage decode(byte[] encoded, long pixelLimit, ExifOrientation orientation) {
    try (OpenImage image = open(encoded, pixelLimit, orientation)) {
      return image.whole();
    }
  }

  /**
   * Decodes one image and leaves its pixels where the decoder put them, until the image is closed.
   *
   * @param pixelLimit largest number of pixels accepted, checked before anything is decoded
   * @param orientation what becomes of an EXIF orientation
   * @throws DataException as {@link #decode(byte[], long, ExifOrientation)}
   */
  public static OpenImage open(byte[] encoded, long pixelLimit, ExifOrientation orientation) {
    ImageHeader header = ImageHeader.read(encoded);
    long pixels = (long) header.width() * header.height();
    if (pixels > Math.min(pixelLimit, LARGEST_PIXEL_LIMIT)) {
      throw new DataException(
          "the image has %dx%d pixels, more than the limit of %d; it could be a decompression bomb"
              .formatted(header.width(), header.height(), pixelLimit));
    }
    OpenImage stored =
        switch (header.coding()) {
          case JPEG, PNG, WEBP -> OpenCvCodec.rgb(encoded, header);
          case PNG_GREY16 -> new OpenImage(OpenCvCodec.grey16(encoded, header));
          case JPEG_CMYK -> new OpenImage(CmykJpeg.rgb(encoded, header));
        };
    int turned =
        orientation == ExifOrientation.APPLY
            ? ExifTag.orientation(encoded, header.coding())
            : ExifTag.UPRIGHT;
    if (turned == ExifTag.UPRIGHT) {
      return stored;
    }
    try (stored) {
      return new OpenImage(stored.whole().oriented(turned));
    }
  }
}
