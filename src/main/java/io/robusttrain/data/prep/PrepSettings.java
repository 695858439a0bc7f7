package io.robusttrain.data.prep;

import java.io.Serializable;

/**
 * How shards are cut and images are checked.
 *
 * @param shardBytes largest expected size of a shard file, bytes
 * @param rowGroupBytes a row group is closed before it exceeds this, bytes
 * @param rowGroupSamples largest number of images in a row group
 * @param seed of the order of the images
 * @param badImages what happens to an image that cannot be decoded
 * @param maxPixels larger images count as bad
 */
public record PrepSettings(
    long shardBytes,
    long rowGroupBytes,
    int rowGroupSamples,
    long seed,
    BadImages badImages,
    long maxPixels)
    implements Serializable {

  /** What happens to an image that cannot be decoded. */
  public enum BadImages {
    /** The preparation ends with the image's path and the reason. */
    FAIL,
    /** The image is left out, listed in {@code bad-images.json} and counted. */
    SKIP
  }

  /** 256 MB shards, row groups of 16 MB or 128 images, seed 0, bad images fail. */
  public static final PrepSettings DEFAULTS =
      new PrepSettings(256L << 20, 16L << 20, 128, 0, BadImages.FAIL, 178_956_970L);

  /** The same with another seed and another treatment of bad images. */
  public PrepSettings with(long otherSeed, BadImages otherwise) {
    return new PrepSettings(
        shardBytes, rowGroupBytes, rowGroupSamples, otherSeed, otherwise, maxPixels);
  }

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException for sizes that make no shard
   */
  public PrepSettings {
    if (shardBytes < 1 || rowGroupBytes < 1 || rowGroupSamples < 1 || maxPixels < 1) {
      throw new IllegalArgumentException(
          "shard size, row group size, row group samples and largest pixel count must be positive");
    }
    if (rowGroupBytes > 1L << 30) {
      throw new IllegalArgumentException("a row group may take at most 1 GB");
    }
  }
}
