package io.robusttrain.doctor.check;

import io.robusttrain.base.HadoopSettings;
import io.robusttrain.data.load.SampleReader;
import io.robusttrain.data.shard.Block;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.transform.EvalTransform;
import io.robusttrain.data.transform.Interpolation;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/**
 * Every executor can read the shards. Executors look at different shards where there are many.
 *
 * @param sets the splits of the run
 * @param images of each split that are decoded too; 0 opens files only
 */
public record DataCheck(ArrayList<ImageSet> sets, int images, HadoopSettings hadoop)
    implements Check<DataCheck.Facts> {
  private static final int FILES = 3;
  private static final int SIDE = 32;
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  /**
   * @param problem empty, or the first file that could not be read and why
   */
  record Facts(int files, int images, String problem) implements Serializable {}

  @Override
  public String name() {
    return "data";
  }

  @Override
  public Facts examine(Place place) {
    Configuration configuration = hadoop.configuration();
    int files = 0;
    int decoded = 0;
    for (ImageSet set : sets) {
      List<String> shards =
          List.copyOf(new TreeSet<>(set.blocks().stream().map(Block::file).toList()));
      for (int i = 0; i < Math.min(FILES, shards.size()); i++) {
        String shard = shards.get(spread(place, i, FILES, shards.size()));
        try {
          open(configuration, shard);
          files++;
        } catch (IOException unreadable) {
          return new Facts(files, decoded, shard + " (" + Observation.text(unreadable) + ")");
        }
      }
      SampleReader reader =
          new SampleReader(configuration, set, new EvalTransform(SIDE, 1, Interpolation.BILINEAR));
      byte[] pixels = new byte[3 * SIDE * SIDE];
      int count = (int) Math.min(images, set.sampleCount());
      for (int i = 0; i < count; i++) {
        reader.read((long) spread(place, i, count, (int) set.sampleCount()), pixels, 0);
        decoded++;
      }
    }
    return new Facts(files, decoded, "");
  }

  /** Index {@code i} of {@code count} ones spread over {@code all}, shifted by the place. */
  private static int spread(Place place, int i, int count, int all) {
    long shift = place.number() == Integer.MAX_VALUE ? 0 : place.number();
    return (int) (((long) i * all / count + shift) % all);
  }

  private static void open(Configuration configuration, String shard) throws IOException {
    Path path = new Path(shard);
    try (FSDataInputStream in = path.getFileSystem(configuration).open(path)) {
      byte[] start = new byte[MAGIC.length];
      in.readFully(0, start);
      if (!Arrays.equals(start, MAGIC)) {
        throw new IOException("not a Parquet file");
      }
    }
  }

  @Override
  public List<Finding> judge(Place place, Facts facts) {
    if (!facts.problem().isEmpty()) {
      return List.of(
          Finding.failed(
              "cannot read " + facts.problem(),
              "put data.path where every executor sees it under the same name: hdfs://, s3a:// or a shared disk"));
    }
    String found = facts.files() + " shards open";
    return List.of(
        Finding.ok(facts.images() == 0 ? found : found + ", " + facts.images() + " images decode"));
  }

  @Override
  public String remedy() {
    return "check the shard that is named, copy it again or prepare the set again with RobustPrep";
  }

  @Override
  public Duration limit() {
    return Duration.ofMinutes(2);
  }
}
