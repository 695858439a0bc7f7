package io.robusttrain.data.prep.source;

import java.io.Serializable;

/** Where the encoded bytes of one image come from; resolved on the executor that writes it. */
public sealed interface Origin extends Serializable {

  /** Bytes that the image is expected to take in a shard; only used to cut shards. */
  long expectedBytes();

  /**
   * A stretch of a file that holds one encoded image: a whole file, or an entry of an uncompressed
   * archive.
   *
   * @param file path that Hadoop's file systems understand
   * @param offset first byte, 0-based
   * @param length bytes
   */
  record FileRange(String file, long offset, int length) implements Origin {
    @Override
    public long expectedBytes() {
      return length;
    }
  }

  /**
   * 3072 bytes of raw CIFAR pixels, 32 x 32, one plane per colour; stored as PNG.
   *
   * @param file path that Hadoop's file systems understand
   * @param offset first pixel byte, behind the labels
   */
  record CifarPixels(String file, long offset) implements Origin {
    static final int SIDE = 32;
    static final int BYTES = 3 * SIDE * SIDE;

    @Override
    public long expectedBytes() {
      return 2500;
    }
  }

  /**
   * An image of the drawn set.
   *
   * @param images what to draw
   * @param split name of the split, part of the image's random key
   * @param index image of the split, part of the image's random key
   */
  record Drawn(SyntheticImages images, String split, int index) implements Origin {
    @Override
    public long expectedBytes() {
      return images.expectedBytes();
    }
  }
}
