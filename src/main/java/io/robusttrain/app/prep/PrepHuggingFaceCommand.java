package io.robusttrain.app.prep;

import io.robusttrain.app.SparkSessions;
import io.robusttrain.data.DataException;
import io.robusttrain.data.shard.ImageSet;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
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

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Worker threads when no Spark master is configured (default: all cores).")
  private Integer threads;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (SparkSession session = SparkSessions.open("RobustPrep", threads)) {
      Configuration conf = session.sparkContext().hadoopConfiguration();
      for (ImageSet set : sets(conf)) {
        Map<Long, Long> counts = counts(session, set);
        out.printf(
            Locale.ROOT,
            "split %s: %d images, %d classes, %d bytes of images%n",
            set.split(),
            set.sampleCount(),
            set.classNames().size(),
            set.encodedBytes());
        for (int c = 0; c < set.classNames().size(); c++) {
          out.printf(
              Locale.ROOT,
              "  %5d %8d %s%n",
              c,
              counts.getOrDefault((long) c, 0L),
              set.classNames().get(c));
        }
      }
    }
    return 0;
  }

  private List<ImageSet> sets(Configuration conf) {
    List<ImageSet> sets = new ArrayList<>();
    if (!splits.isEmpty()) {
      splits.forEach(split -> sets.add(ImageSet.open(conf, input, split)));
      return sets;
    }
    DataException first = null;
    List<String> reasons = new ArrayList<>();
    for (String split : USUAL) {
      try {
        sets.add(ImageSet.open(conf, input, split));
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

  private static Map<Long, Long> counts(SparkSession session, ImageSet set) {
    String[] files = set.blocks().stream().map(b -> b.file()).distinct().toArray(String[]::new);
    Map<Long, Long> counts = new LinkedHashMap<>();
    for (Row row : session.read().parquet(files).groupBy("label").count().collectAsList()) {
      counts.put(((Number) row.get(0)).longValue(), row.getLong(1));
    }
    return counts;
  }
}
