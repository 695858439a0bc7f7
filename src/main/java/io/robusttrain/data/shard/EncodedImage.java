package io.robusttrain.data.shard;

import io.robusttrain.data.DataException;
import io.robusttrain.data.image.ExifOrientation;
import io.robusttrain.data.image.ImageDecoder;
import io.robusttrain.data.image.OpenImage;
import io.robusttrain.data.image.RgbImage;

/**
 * One row of an image set, still encoded. The array is owned by whoever received it.
 *
 * @param sampleId id of the sample in its set
 * @param encoded the image file's bytes
 * @param label class index
 * @param path where the image came from, empty when the set does not say
 * @param block the row group it was read from
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record EncodedImage(long sampleId, byte[] encoded, int label, String path, Block block)
    implements SourceSample {

  /** Names the image for an error message. */
  String describe() {
    return "sample %d%s of %s, row %d of row group %d"
        .formatted(
            sampleId,
            path.isEmpty() ? "" : " (" + path + ")",
            block.file(),
            sampleId - block.firstSample(),
            block.rowGroup());
  }

  /**
   * Decodes the image.
   *
   * @param rules its limits
   * @throws DataException naming the sample and the reason
   */
  public RgbImage decode(SampleRules rules) {
    return decoded(rules, ImageDecoder::decode);
  }

  /**
   * Decodes the image and leaves its pixels in native memory until it is closed.
   *
   * @param rules its limits
   * @throws DataException naming the sample and the reason
   */
  public OpenImage open(SampleRules rules) {
    return decoded(rules, ImageDecoder::open);
  }

  @FunctionalInterface
  private interface Decoding<T> {
    T of(byte[] encoded, long pixelLimit, ExifOrientation orientation);
  }

  private <T> T decoded(SampleRules rules, Decoding<T> decoding) {
    try {
      return decoding.of(encoded, rules.maxPixels(), rules.orientation());
    } catch (DataException e) {
      throw new DataException(
          "%s: %s; repair or remove the image, or prepare the set again with on-bad-image = skip"
              .formatted(describe(), e.getMessage()),
          e);
    }
  }
}
