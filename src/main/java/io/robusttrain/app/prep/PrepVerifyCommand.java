package io.robusttrain.app.prep;

import io.robusttrain.app.ExitCode;
import io.robusttrain.app.SparkSessions;
import io.robusttrain.app.cli.ColumnOptions;
import io.robusttrain.data.prep.Verification;
import io.robusttrain.data.shard.SampleRules;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code RobustPrep verify}. */
@Command(
    name = "verify",
    description = {
      "Checks a prepared set: checksums, columns, counts, labels, and decodes every image.",
      "Lists all that is wrong and ends with exit code 3 if anything is."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%n",
    footer = {"Example", "  RobustPrep verify --input data/imagenet"})
final class PrepVerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-i", "--input"},
      required = true,
      paramLabel = "DIR",
      description = "Folder of the data set, a path or a Hadoop URI.")
  private String input;

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = "Split; may be repeated (default: all that dataset.json lists).")
  private List<String> splits = new ArrayList<>();

  @Mixin private ColumnOptions columns;

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      defaultValue = "178956970",
      description = "Images with more pixels count as bad (default: ${DEFAULT-VALUE}).")
  private long maxPixels;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Worker threads when no Spark master is configured (default: all cores).")
  private Integer threads;

  @Override
  public Integer call() throws IOException {
    SampleRules strict = SampleRules.STRICT;
    SampleRules rules = new SampleRules(strict.onError(), 0, maxPixels, strict.maxEncodedBytes());
    PrintWriter out = spec.commandLine().getOut();
    long wrong = 0;
    try (SparkSession session = SparkSessions.open("RobustPrep", threads);
        JavaSparkContext spark = new JavaSparkContext(session.sparkContext())) {
      Verification verification = new Verification(spark, columns.columns(), rules);
      for (Verification.Split split : verification.run(input, splits)) {
        split.problems().forEach(problem -> out.println("wrong: " + problem));
        out.printf(
            "split %s: %d good images in %d shards, %d problems%n",
            split.name(), split.samples(), split.shards().size(), split.problems().size());
        wrong += split.problems().size();
      }
    }
    return (wrong == 0 ? ExitCode.DONE : ExitCode.BAD_DATA).number();
  }
}
