package io.robusttrain.data.prep;

import io.robusttrain.data.shard.Block;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.ShardReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;

/** How often each label of a set occurs, from its label columns alone; a task a file. */
public final class LabelCounts {
  /** The label of rows that have none. */
  public static final long NONE = -1;

  private LabelCounts() {}

  /**
   * Reads the labels of a set.
   *
   * @param spark a running context; the caller closes it
   * @return number of images by label, {@link #NONE} included if there are any
   * @throws io.robusttrain.data.DataException if a file cannot be read
   */
  public static Map<Long, Long> of(JavaSparkContext spark, ImageSet set) {
    Map<String, ArrayList<Block>> files = new LinkedHashMap<>();
    for (Block block : set.blocks()) {
      files.computeIfAbsent(block.file(), file -> new ArrayList<>()).add(block);
    }
    List<Map<Long, Long>> counts =
        spark
            .parallelize(new ArrayList<>(files.values()), files.size())
            .map(
                blocks ->
                    count(SparkHadoopUtil.get().newConfiguration(SparkEnv.get().conf()), blocks))
            .collect();
    Map<Long, Long> all = new TreeMap<>();
    counts.forEach(ofFile -> ofFile.forEach((label, count) -> all.merge(label, count, Long::sum)));
    return all;
  }

  private static Map<Long, Long> count(Configuration conf, List<Block> blocks) {
    Map<Long, Long> counts = new TreeMap<>();
    for (Block block : blocks) {
      try (ShardReader reader = ShardReader.open(conf, block)) {
        reader.labels(block.rowGroup()).forEach(label -> counts.merge(label, 1L, Long::sum));
      }
    }
    return counts;
  }
}
