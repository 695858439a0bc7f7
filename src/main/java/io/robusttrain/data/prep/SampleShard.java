package io.robusttrain.data.prep;

import io.robusttrain.data.prep.source.OriginReader;
import io.robusttrain.data.prep.source.SampleRef;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Some images in one Parquet file, written in this process, for what measures and needs no data
 * set: no manifest, no checksums, nothing checked.
 */
public final class SampleShard {
  private SampleShard() {}

  /**
   * Creates or replaces the file; {@code train-00000-of-00001.parquet} is found as split train.
   *
   * @param classes class names in index order
   */
  public static void write(
      Configuration conf, Path file, List<String> classes, List<SampleRef> images)
      throws IOException {
    try (OriginReader reader = new OriginReader(conf);
        ImageShardWriter writer =
            new ImageShardWriter(conf, file, classes, PrepSettings.DEFAULTS)) {
      for (SampleRef image : images) {
        writer.add(reader.read(image.origin()), image.name(), image.label());
      }
    }
  }
}
