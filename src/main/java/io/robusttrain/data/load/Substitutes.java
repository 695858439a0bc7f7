package io.robusttrain.data.load;

import io.robusttrain.data.DataException;
import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.shard.BadSample;
import io.robusttrain.data.shard.EncodedImage;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.tensor.RandomStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the sample that takes a bad one's place: drawn uniformly from the whole set until one can
 * be decoded. Which one it is follows from the seed, the epoch, the bad sample and the data alone,
 * so it is the same on every executor. Used by one thread at a time.
 */
final class Substitutes {
  private static final Logger LOG = LoggerFactory.getLogger(Substitutes.class);
  private static final long DRAWS = 0x7375627374697431L;

  /** Even of a set that is half bad, so many in a row are bad once in 10^19. */
  private static final int MOST_DRAWS = 64;

  private final ImageSet set;
  private final SampleSource source;
  private final long seed;

  Substitutes(ImageSet set, SampleSource source, long seed) {
    this.set = set;
    this.source = source;
    this.seed = seed;
  }

  /** A good sample and its pixels. */
  record Substitute(EncodedImage sample, RgbImage image) {}

  /**
   * The substitute of a bad sample.
   *
   * @param repeat how often the bad sample came in its epoch before
   * @throws DataException if no good sample is found
   */
  Substitute of(BadSample bad, long epoch, int repeat) {
    RandomStream random = RandomStream.of(DRAWS, seed, epoch, bad.sampleId(), repeat);
    for (int draw = 0; draw < MOST_DRAWS; draw++) {
      long id = random.nextInt(Math.toIntExact(set.sampleCount()));
      if (id != bad.sampleId() && source.one(id) instanceof EncodedImage sample) {
        try {
          return new Substitute(sample, sample.decode(set.rules()));
        } catch (DataException alsoBad) {
          LOG.debug("sample {}, reported when its own place comes: {}", id, alsoBad.getMessage());
        }
      }
    }
    throw new DataException(
        "%s: none of %d samples drawn in place of a bad one is good: %s"
            .formatted(set, MOST_DRAWS, bad.problem()));
  }
}
