package io.robusttrain.data.prep;

import io.robusttrain.data.prep.source.FolderImporter;
import io.robusttrain.data.prep.source.SyntheticImages;
import io.robusttrain.data.prep.source.SyntheticImporter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Small image sets for tests, prepared as {@code RobustPrep} does, but without a command line. */
public final class DrawnImages {
  private static final int MOST_CLASSES = 10;
  private static final int ROW_GROUP_BYTES = 16 << 20;
  private static final long MOST_PIXELS = 178_956_970;
  private static final int SHARD_BYTES = 256 << 20;

  private DrawnImages() {}

  /**
   * Draws images of all ten classes: {@code train} and {@code validation} of them, in one shard.
   */
  public static void draw(Path target, int size, int train, int validation, int rowGroup)
      throws IOException {
    draw(target, MOST_CLASSES, size, train, validation, rowGroup, SHARD_BYTES);
  }

  /**
   * Draws images.
   *
   * @param size side of the images in pixels
   * @param train images of split {@code train}
   * @param validation images of split {@code validation}
   * @param rowGroup the most images of a row group
   * @param shardBytes the largest shard
   */
  public static void draw(
      Path target, int classes, int size, int train, int validation, int rowGroup, int shardBytes)
      throws IOException {
    Map<String, Integer> splits = new LinkedHashMap<>();
    splits.put("train", train);
    splits.put("validation", validation);
    SyntheticImages images = new SyntheticImages(classes, size, 0, SyntheticImages.Format.PNG);
    SyntheticImporter importer = new SyntheticImporter(images, splits);
    prepare(target, rowGroup, shardBytes, spark -> spill -> importer.list());
  }

  /** Prepares the images of a folder {@code <split>/<class>/<file>}. */
  public static void ofFolder(Path source, Path target, int rowGroup) throws IOException {
    prepare(
        target,
        rowGroup,
        SHARD_BYTES,
        spark -> {
          FolderImporter importer = new FolderImporter(spark.hadoopConfiguration(), Map.of());
          return spill -> importer.list(new org.apache.hadoop.fs.Path(source.toString()), spill);
        });
  }

  private static void prepare(
      Path target,
      int rowGroup,
      int shardBytes,
      Function<JavaSparkContext, Preparation.Importer> importer)
      throws IOException {
    PrepSettings settings =
        new PrepSettings(
            shardBytes, ROW_GROUP_BYTES, rowGroup, 0, PrepSettings.BadImages.FAIL, MOST_PIXELS);
    SparkConf conf =
        new SparkConf(false)
            .setMaster("local[2]")
            .setAppName("drawn images")
            .set("spark.ui.enabled", "false");
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      OutputFolder folder =
          new OutputFolder(
              spark.hadoopConfiguration(), target.toString(), OutputFolder.Existing.KEEP);
      new Preparation(spark, settings, progress -> {})
          .run(importer.apply(spark), new ClassSubset.All(), folder);
    }
  }
}
