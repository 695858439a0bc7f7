package io.robusttrain.app.prep;

import io.robusttrain.app.SparkSessions;
import io.robusttrain.app.cli.ByteSize;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.data.DataException;
import io.robusttrain.data.prep.ClassSubset;
import io.robusttrain.data.prep.OutputFolder;
import io.robusttrain.data.prep.PrepReport;
import io.robusttrain.data.prep.PrepSettings;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of every subcommand that writes shards, and the way from them to a finished folder. */
final class PrepOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "DIR",
      description = "Folder of the data set; must not exist or be empty.")
  private String output;

  @Option(names = "--overwrite", description = "Replace what is in the output folder.")
  private boolean overwrite;

  @Option(
      names = "--shard-size",
      paramLabel = "SIZE",
      defaultValue = "256MB",
      description = "Largest size of a shard file (default: ${DEFAULT-VALUE}).")
  private ByteSize shardSize;

  @Option(
      names = "--row-group-size",
      paramLabel = "SIZE",
      defaultValue = "16MB",
      description = "Largest size of a row group, the unit of reading (default: ${DEFAULT-VALUE}).")
  private ByteSize rowGroupSize;

  @Option(
      names = "--row-group-samples",
      paramLabel = "N",
      defaultValue = "128",
      description = "Largest number of images in a row group (default: ${DEFAULT-VALUE}).")
  private int rowGroupSamples;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "Seed of the order of the images (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--on-bad-image",
      paramLabel = "fail|skip",
      defaultValue = "fail",
      description =
          "An image that cannot be decoded ends the run with its path and reason, or is left out,"
              + " counted and listed in bad-images.json (default: ${DEFAULT-VALUE}).")
  private PrepSettings.BadImages badImages;

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      defaultValue = "178956970",
      description = "Images with more pixels count as bad (default: ${DEFAULT-VALUE}).")
  private long maxPixels;

  @Option(
      names = "--classes-file",
      paramLabel = "FILE",
      description = "Keep only the classes named in this text file, one a line.")
  private Path classesFile;

  @Option(
      names = "--num-classes",
      paramLabel = "K",
      description = "Keep K classes drawn with --class-seed.")
  private Integer numClasses;

  @Option(
      names = "--class-seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "Seed of the drawn classes (default: ${DEFAULT-VALUE}).")
  private long classSeed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Worker threads when no Spark master is configured (default: all cores).")
  private Integer threads;

  long seed() {
    return seed;
  }

  /** Prepares a data set, prints the summary and returns exit code 0. */
  int prepare(PrepSource source) throws IOException {
    PrepSettings settings =
        new PrepSettings(
            shardSize.bytes(), rowGroupSize.bytes(), rowGroupSamples, seed, badImages, maxPixels);
    PrepRequest request =
        new PrepRequest(
            source,
            subset(),
            settings,
            output,
            overwrite ? OutputFolder.Existing.REPLACE : OutputFolder.Existing.KEEP);
    long start = System.nanoTime();
    try (SparkSession session = SparkSessions.open("RobustPrep", threads);
        JavaSparkContext spark = new JavaSparkContext(session.sparkContext())) {
      PrepReport report = new PrepLauncher(spark, System.err, progress -> {}).run(request);
      double seconds = (System.nanoTime() - start) / 1e9;
      PrepSummary.print(spec.commandLine().getOut(), report, output, seconds);
    }
    return 0;
  }

  private ClassSubset subset() throws IOException {
    if (classesFile != null && numClasses != null) {
      throw Usage.wrong(spec, "--classes-file and --num-classes exclude each other");
    }
    if (numClasses != null) {
      return new ClassSubset.DrawnBySeed(numClasses, classSeed);
    }
    if (classesFile == null) {
      return new ClassSubset.All();
    }
    List<String> names = lines(classesFile);
    if (names.isEmpty()) {
      throw new DataException(classesFile + ": names no class");
    }
    return new ClassSubset.Named(names);
  }

  /**
   * The lines of a text file without blank ones and comments.
   *
   * @throws DataException when it cannot be read as text
   */
  static List<String> lines(Path file) throws IOException {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .toList();
    } catch (NoSuchFileException e) {
      throw new DataException(file + ": no such file", e);
    } catch (MalformedInputException e) {
      throw new DataException(file + ": not UTF-8 text", e);
    }
  }
}
