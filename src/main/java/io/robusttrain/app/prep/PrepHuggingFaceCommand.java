package io.robusttrain.app.prep;

import io.robusttrain.app.SparkSessions;
import io.robusttrain.app.cli.ColumnOptions;
import io.robusttrain.data.DataException;
import io.robusttrain.data.prep.LabelCounts;
import io.robusttrain.data.shard.ImageSet;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code RobustPrep huggingface}. */
@Command(
    name = "huggingface",
    description =
        "Checks Parquet files in the Hugging Face image layout, which training uses in place, and"
            + " prints what they hold. Writes nothing.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PrepHuggingFaceCommand implements Callable<Integer> {
  private static final List<String> USUAL = List.of("train", "validation", "val", "test");

  @Spec private CommandSpec spec;

  @Option(
      names = {"-i", "--input"},
      required = true,
      paramLabel = "DIR",
      description = "Folder with the Parquet files.")
  private String input;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description =
          "Check this split; may be repeated (default: those of train, validation, val"
              + " and test that are there).")
  private List<String> splits = new ArrayList<>();

  @Mixin private ColumnOptions columns;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Worker threads when no Spark master is configured (default: all cores).")
  private Integer threads;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (SparkSession session = SparkSessions.open("RobustPrep", threads);
        JavaSparkContext spark = new JavaSparkContext(session.sparkContext())) {
      Configuration conf = spark.hadoopConfiguration();
      for (ImageSet set : sets(conf)) {
        print(out, set, LabelCounts.of(spark, set));
      }
    }
    return 0;
  }

  private List<ImageSet> sets(Configuration conf) {
    List<ImageSet> sets = new ArrayList<>();
    if (!splits.isEmpty()) {
      splits.forEach(split -> sets.add(ImageSet.open(conf, input, split, columns.columns())));
      return sets;
    }
    DataException first = null;
    List<String> reasons = new ArrayList<>();
    for (String split : USUAL) {
      try {
        sets.add(ImageSet.open(conf, input, split, columns.columns()));
      } catch (DataException e) {
        first = first == null ? e : first;
        reasons.add("split " + split + " left out: " + e.getMessage());
      }
    }
    if (sets.isEmpty()) {
      throw first;
    }
    reasons.forEach(spec.commandLine().getErr()::println);
    return sets;
  }

  private static void print(PrintWriter out, ImageSet set, Map<Long, Long> counts) {
    out.printf(
        Locale.ROOT,
        "split %s: %d images, %d classes, %d bytes of images%n",
        set.split(),
        set.sampleCount(),
        set.classNames().size(),
        set.encodedBytes());
    set.unusualColumns().ifPresent(words -> out.println("  " + words));
    for (int c = 0; c < set.classNames().size(); c++) {
      out.printf(
          Locale.ROOT,
          "  %5d %8d %s%n",
          c,
          counts.getOrDefault((long) c, 0L),
          set.classNames().get(c));
    }
    long without = counts.getOrDefault(LabelCounts.NONE, 0L);
    if (without > 0) {
      out.printf(Locale.ROOT, "  %14d without a label; remove these rows%n", without);
    }
  }
}
