package io.robusttrain.app.prep;

import io.robusttrain.app.ExitCode;
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
import java.util.Set;
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
            + " prints what they hold. Writes nothing. Ends with exit code 3 if a split that is"
            + " there cannot be read.",
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
      Found found = find(spark.hadoopConfiguration());
      found.reasons().forEach(spec.commandLine().getErr()::println);
      for (ImageSet set : found.sets()) {
        print(out, set, LabelCounts.of(spark, set));
      }
      return found.ending().number();
    }
  }

  /**
   * What there is of the splits that were asked for.
   *
   * @param sets those that can be read
   * @param reasons why others are not among them
   * @param ending whether a split is there and cannot be read
   */
  private record Found(List<ImageSet> sets, List<String> reasons, ExitCode ending) {}

  private Found find(Configuration conf) {
    List<ImageSet> sets = new ArrayList<>();
    if (!splits.isEmpty()) {
      splits.forEach(split -> sets.add(open(conf, split)));
      return new Found(sets, List.of(), ExitCode.DONE);
    }
    Set<String> present = ImageSet.splits(conf, input);
    List<DataException> absent = new ArrayList<>();
    List<DataException> broken = new ArrayList<>();
    List<String> reasons = new ArrayList<>();
    for (String split : USUAL) {
      try {
        sets.add(open(conf, split));
      } catch (DataException e) {
        boolean there = present.contains(split);
        (there ? broken : absent).add(e);
        reasons.add(
            there ? "error: " + e.getMessage() : "split " + split + " left out: " + e.getMessage());
      }
    }
    if (sets.isEmpty()) {
      throw broken.isEmpty() ? absent.get(0) : broken.get(0);
    }
    return new Found(sets, reasons, broken.isEmpty() ? ExitCode.DONE : ExitCode.BAD_DATA);
  }

  private ImageSet open(Configuration conf, String split) {
    return ImageSet.open(conf, input, split, columns.columns());
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
