package io.robusttrain.data.prep;

import io.robusttrain.data.DataException;
import io.robusttrain.data.prep.source.Listing;
import io.robusttrain.data.prep.source.SpillFolder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * One preparation: list, plan, write shards on the executors, describe, publish. The output appears
 * under its name only when it is whole.
 */
public final class Preparation {
  /** Lists the images of a source. */
  public interface Importer {
    /**
     * The listing of the source.
     *
     * @param spill where images of a compressed archive may be kept until they are written
     * @throws DataException when the source is missing, damaged or not what it should be
     */
    Listing list(SpillFolder spill) throws IOException;
  }

  private final JavaSparkContext spark;
  private final PrepSettings settings;
  private final Consumer<PrepProgress> progress;

  /**
   * Sets up a preparation.
   *
   * @param spark a running context; the caller closes it
   * @param progress is told of written images, from a thread of Spark
   */
  public Preparation(
      JavaSparkContext spark, PrepSettings settings, Consumer<PrepProgress> progress) {
    this.spark = spark;
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Lists a source, writes the shards of the chosen classes, and publishes the data set.
   *
   * @throws DataException for bad data; nothing is published then
   */
  public PrepReport run(Importer importer, ClassSubset subset, OutputFolder output)
      throws IOException {
    Configuration conf = spark.hadoopConfiguration();
    try (output) {
      Path folder = output.unfinished();
      SpillFolder spill = new SpillFolder(conf, new Path(folder, "_spill"));
      Listing listing;
      try (spill) {
        listing = subset.apply(importer.list(spill));
      }
      List<String> warnings = ClassBalance.check(listing);
      List<ShardResult> results = write(listing, folder);
      spill.delete();
      PrepReport report = PrepReport.of(listing, results, warnings);
      ClassBalance.requireImages(report);
      DatasetManifest.write(folder.getFileSystem(conf), folder, listing, settings, report);
      output.publish();
      return report;
    }
  }

  private List<ShardResult> write(Listing listing, Path folder) {
    List<ShardPlan> plans = ShardPlan.plan(listing, settings);
    long images = plans.stream().mapToLong(plan -> plan.samples().size()).sum();
    LongAccumulator imagesDone = spark.sc().longAccumulator(PrepListener.IMAGES);
    LongAccumulator bytesDone = spark.sc().longAccumulator(PrepListener.BYTES);
    ShardTask task =
        new ShardTask(folder.toString(), listing.classes(), settings, imagesDone, bytesDone);
    try (PrepListener listener = new PrepListener(spark, images, progress)) {
      listener.begin();
      return new ArrayList<>(spark.parallelize(plans, plans.size()).map(task).collect());
    } catch (Exception e) {
      // Not RuntimeException alone: Spark throws the checked SparkException without declaring it.
      throw dataCause(e);
    }
  }

  /** The bad image behind a failed job, or the failure itself. */
  private static RuntimeException dataCause(Exception failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof DataException bad) {
        return bad;
      }
    }
    return failure instanceof RuntimeException runtime
        ? runtime
        : new IllegalStateException("the Spark job failed: " + failure.getMessage(), failure);
  }
}
