package io.robusttrain.data.load;

import io.robusttrain.data.DataException;
import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.shard.EncodedImage;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.TrainTransform;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * One training image, to be looked at as training sees it. Immutable and thread-safe.
 *
 * @param id of the sample in its split
 * @param label class index
 * @param image as stored
 */
public record TrainingSample(long id, int label, RgbImage image) {

  /**
   * Reads samples that lie evenly in a split.
   *
   * @param count how many; fewer if the split has fewer
   * @throws DataException naming file, row and reason if one cannot be read or decoded
   */
  public static List<TrainingSample> spread(Configuration conf, ImageSet set, int count) {
    SampleCursor cursor = new SampleCursor(conf, set);
    long wanted = Math.min(count, set.sampleCount());
    List<TrainingSample> samples = new ArrayList<>();
    for (long i = 0; i < wanted; i++) {
      EncodedImage encoded = cursor.read(i * set.sampleCount() / wanted);
      samples.add(
          new TrainingSample(encoded.sampleId(), encoded.label(), encoded.decode(set.rules())));
    }
    return samples;
  }

  /**
   * What a {@link TrainLoader} makes of this sample, when it comes for the first time in an epoch.
   *
   * @param seed of the augmentation
   * @param epoch from 0
   * @return {@code 3 * size * size} unsigned bytes, planar (3, H, W)
   */
  public byte[] augmented(TrainTransform transform, long seed, long epoch) {
    byte[] pixels = new byte[3 * transform.size() * transform.size()];
    transform.atEpoch(epoch).apply(image, TrainLoader.random(seed, epoch, id, 0), pixels, 0);
    return pixels;
  }
}
