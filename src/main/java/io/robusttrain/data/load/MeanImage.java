package io.robusttrain.data.load;

import io.robusttrain.data.image.OpenImage;
import io.robusttrain.data.shard.EncodedImage;
import io.robusttrain.data.shard.ImageSet;
import org.apache.hadoop.conf.Configuration;

/**
 * The size of a set's images on average.
 *
 * @param images that were looked at
 * @param width pixels
 * @param height pixels
 * @param bytes encoded
 */
public record MeanImage(long images, double width, double height, double bytes) {

  /**
   * Decodes images that lie evenly in a split.
   *
   * @param most how many; fewer if the split has fewer
   * @throws io.robusttrain.data.DataException naming file, row and reason if one cannot be read or
   *     decoded
   */
  public static MeanImage of(Configuration conf, ImageSet set, int most) {
    SampleCursor cursor = new SampleCursor(conf, set);
    long images = Math.min(most, set.sampleCount());
    double width = 0;
    double height = 0;
    double bytes = 0;
    for (long i = 0; i < images; i++) {
      EncodedImage encoded = cursor.read(i * set.sampleCount() / images);
      bytes += encoded.encoded().length;
      try (OpenImage image = encoded.open(set.rules())) {
        width += image.width();
        height += image.height();
      }
    }
    return new MeanImage(images, width / images, height / images, bytes / images);
  }
}
