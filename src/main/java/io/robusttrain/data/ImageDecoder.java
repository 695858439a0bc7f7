package io.robusttrain.data;

/**
 * Decodes JPEG, PNG and WebP to the RGB that Pillow's {@code Image.open(...).convert("RGB")} gives:
 * alpha is dropped, palettes are looked up, 16-bit samples become 8-bit as there, CMYK goes through
 * Pillow's formula. Native memory is released before a call returns. Stateless and thread-safe.
 */
public final class ImageDecoder {
  /** Pixels beyond which Pillow refuses an image as a decompression bomb: 2 x 2^28 / 3 - 1. */
  public static final long DEFAULT_PIXEL_LIMIT = 178_956_970L;

  private static final long LARGEST_PIXEL_LIMIT = Integer.MAX_VALUE / 3;

  /** What to do with the EXIF orientation. */
  public enum Orientation {
    /** Leave the pixels as they are stored, as Pillow does. */
    AS_STORED,
    /** Rotate and mirror to the upright image, as Pillow's {@code ImageOps.exif_transpose}. */
    UPRIGHT
  }

  private ImageDecoder() {}

  /**
   * Decodes with the pixels as stored and the default pixel limit.
   *
   * @throws DataException when the bytes are no decodable image, with the reason
   */
  public static RgbImage decode(byte[] encoded) {
    return decode(encoded, Orientation.AS_STORED, DEFAULT_PIXEL_LIMIT);
  }

  /**
   * Decodes one image.
   *
   * @param pixelLimit largest number of pixels accepted, checked before anything is decoded
   * @throws DataException when the bytes are no decodable image or exceed the limit, with the
   *     reason
   */
  public static RgbImage decode(byte[] encoded, Orientation orientation, long pixelLimit) {
    ImageHeader header = ImageHeader.read(encoded);
    long pixels = (long) header.width() * header.height();
    if (pixels > Math.min(pixelLimit, LARGEST_PIXEL_LIMIT)) {
      throw new DataException(
          "the image has %dx%d pixels, more than the limit of %d; it could be a decompression bomb"
              .formatted(header.width(), header.height(), pixelLimit));
    }
    RgbImage image =
        switch (header.coding()) {
          case JPEG, PNG, WEBP -> OpenCvCodec.rgb(encoded, header);
          case PNG_GREY16 -> OpenCvCodec.grey16(encoded, header);
          case JPEG_CMYK -> CmykJpeg.rgb(encoded, header);
        };
    return orientation == Orientation.AS_STORED
        ? image
        : ExifOrientation.of(encoded, header.coding()).upright(image);
  }
}
