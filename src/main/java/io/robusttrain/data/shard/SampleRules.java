package io.robusttrain.data.shard;

import io.robusttrain.data.DataException;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.image.ImageDecoder;
import java.io.Serializable;

/**
 * What a sample must be to be used, and what happens to one that is not. Immutable.
 *
 * @param onError what happens
 * @param maxSkipped largest fraction of a pass's samples that may be bad with {@link OnError#SKIP},
 *     in [0, 1]
 * @param maxPixels largest number of pixels, checked in the header before anything is decoded
 * @param maxEncodedBytes largest number of encoded bytes
 * @param orientation what becomes of the orientation that an image notes in its EXIF data
 */
public record SampleRules(
    OnError onError,
    double maxSkipped,
    long maxPixels,
    long maxEncodedBytes,
    ExifOrientation orientation)
    implements Serializable {

  /** What happens to a bad sample. */
  public enum OnError {
    /** A {@link DataException} names it. */
    FAIL,
    /** Training replaces it by another, evaluation leaves it out; both say so. */
    SKIP
  }

  /** Bad samples fail; an image has at most Pillow's limit of pixels and 128 MB encoded. */
  public static final SampleRules STRICT =
      new SampleRules(
          OnError.FAIL, 0, ImageDecoder.DEFAULT_PIXEL_LIMIT, 128_000_000, ExifOrientation.IGNORE);

  public SampleRules {
    if (!(maxSkipped >= 0 && maxSkipped <= 1) || maxPixels < 1 || maxEncodedBytes < 1) {
      throw new IllegalArgumentException(
          "the fraction must lie in [0, 1] and the limits be positive, got %s, %d and %d"
              .formatted(maxSkipped, maxPixels, maxEncodedBytes));
    }
  }

  /** Rules for images that are used as they are stored. */
  public SampleRules(OnError onError, double maxSkipped, long maxPixels, long maxEncodedBytes) {
    this(onError, maxSkipped, maxPixels, maxEncodedBytes, ExifOrientation.IGNORE);
  }

  /** These rules with another treatment of EXIF orientations. */
  public SampleRules with(ExifOrientation other) {
    return new SampleRules(onError, maxSkipped, maxPixels, maxEncodedBytes, other);
  }

  /** Bad samples that a pass over so many may meet: the fraction of them, rounded up. */
  public long allowed(long samples) {
    return (long) Math.ceil(maxSkipped * samples);
  }

  public boolean skips() {
    return onError == OnError.SKIP;
  }
}
