package io.robusttrain.data;

/**
 * One row of an image set, still encoded. The array is owned by whoever received it.
 *
 * @param sampleId id of the sample in its set
 * @param encoded the image file's bytes
 * @param label class index
 * @param path where the image came from, empty when the set does not say
 * @param file the Parquet file it was read from
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record EncodedImage(long sampleId, byte[] encoded, int label, String path, String file) {

  /** Names the image for an error message. */
  String describe() {
    return "sample %d%s of %s".formatted(sampleId, path.isEmpty() ? "" : " (" + path + ")", file);
  }

  /**
   * Decodes the image as stored.
   *
   * @throws DataException naming the sample and the reason
   */
  RgbImage decode() {
    try {
      return ImageDecoder.decode(encoded);
    } catch (DataException e) {
      throw new DataException(
          describe()
              + ": "
              + e.getMessage()
              + "; repair or remove the image, or prepare the set again with on-bad-image = skip",
          e);
    }
  }
}
