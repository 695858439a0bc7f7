package io.robusttrain.data.load;

import io.robusttrain.data.DataException;
import io.robusttrain.data.shard.Block;
import io.robusttrain.data.shard.EncodedImage;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.SampleRules;
import io.robusttrain.data.shard.ShardReader;
import io.robusttrain.data.transform.EvalTransform;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * Reads any samples of a split by id and prepares them for evaluation; ascending ids cost one pass
 * over each row group. Holds the pages of one row group. Not thread-safe.
 */
public final class SampleReader {
  private final SampleCursor cursor;
  private final EvalTransform transform;
  private final SampleRules rules;

  /** Opens a reader; nothing is read yet. */
  public SampleReader(Configuration conf, ImageSet set, EvalTransform transform) {
    this.cursor = new SampleCursor(conf, set);
    this.transform = transform;
    this.rules = set.rules();
  }

  /**
   * Reads one sample.
   *
   * @param id of the sample in its split
   * @param out receives {@code 3 * size * size} unsigned bytes, planar (3, H, W), from {@code
   *     offset} on
   * @return the label
   * @throws DataException naming file, row and reason if it cannot be read or decoded
   */
  public int read(long id, byte[] out, int offset) {
    EncodedImage sample = cursor.read(id);
    transform.apply(sample.decode(rules), out, offset);
    return sample.label();
  }

  /**
   * The names of all samples by id, as the images' files were called; empty where the set does not
   * say. Reads that column alone.
   */
  public static List<String> names(Configuration conf, ImageSet set) {
    List<String> names = new ArrayList<>();
    for (Block block : set.blocks()) {
      try (ShardReader reader = ShardReader.open(conf, block)) {
        names.addAll(reader.paths(block.rowGroup()));
      }
    }
    return names;
  }
}
