package io.robusttrain.data.prep;

import io.robusttrain.data.DataException;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.data.shard.SampleRules;
import io.robusttrain.data.shard.ShardAudit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;

/** Reads every shard of a set and decodes every image, a task a shard. */
public final class Verification {
  private final JavaSparkContext spark;
  private final ImageColumns columns;
  private final SampleRules rules;

  /**
   * Sets up a verification.
   *
   * @param spark a running context; the caller closes it
   * @param columns that hold images and labels
   * @param rules limits of the images
   */
  public Verification(JavaSparkContext spark, ImageColumns columns, SampleRules rules) {
    this.spark = spark;
    this.columns = columns;
    this.rules = rules;
  }

  /**
   * What was found in one split.
   *
   * @param shards in order
   */
  public record Split(String name, List<ShardAudit.Findings> shards) {
    public Split {
      shards = List.copyOf(shards);
    }

    /** The number of good images. */
    public long samples() {
      return shards.stream().mapToLong(ShardAudit.Findings::samples).sum();
    }

    /** Everything that is wrong, in the order of the files. */
    public List<String> problems() {
      return shards.stream().flatMap(shard -> shard.problems().stream()).toList();
    }
  }

  /**
   * Reads every shard of some splits and decodes every image.
   *
   * @param wanted their names; empty for all that the manifest lists
   * @throws DataException if there is no such split, or none is named and there is no manifest
   */
  public List<Split> run(String path, List<String> wanted) throws IOException {
    Configuration conf = spark.hadoopConfiguration();
    List<String> names = wanted.isEmpty() ? ShardAudit.splits(conf, path) : wanted;
    if (names.isEmpty()) {
      throw new DataException(
          path + " has no dataset.json that lists its splits; name them with --split");
    }
    List<Split> splits = new ArrayList<>();
    for (String name : names) {
      List<ShardAudit> audits = ShardAudit.of(conf, path, name, columns, rules);
      List<ShardAudit.Findings> found =
          audits.isEmpty()
              ? List.of()
              : spark
                  .parallelize(audits, audits.size())
                  .map(
                      audit ->
                          audit.run(SparkHadoopUtil.get().newConfiguration(SparkEnv.get().conf())))
                  .collect();
      splits.add(new Split(name, found));
    }
    return splits;
  }
}
