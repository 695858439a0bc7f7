package io.robusttrain.app.prep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.app.train.ApiTraining;
import io.robusttrain.app.train.TrainCommand;
import io.robusttrain.checkpoint.tensors.SafetensorsFile;
import io.robusttrain.checkpoint.tensors.SafetensorsFiles;
import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.oracle.Doubles;
import io.robusttrain.oracle.Perturbation;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.train.TinyRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkConf;
import picocli.CommandLine;

/**
 * The task of {@link TinyRun} as users run it: {@code RobustPrep} draws the images and {@code
 * RobustTrain} trains, in this process, with a local master of two cores.
 */
public final class TinyTraining {
  public static final int VALIDATION = TinyRun.VALIDATION;
  public static final int UNIT = 16;
  public static final int STEPS_PER_EPOCH = TinyRun.STEPS_PER_EPOCH;

  public static final List<String> SETTINGS =
      Stream.concat(
              TinyRun.TASK.stream(),
              Stream.of(
                  "distribution.threads=1", "optim.weight-decay=0.05", "eps-schedule.period=2"))
          .toList();

  /**
   * Relative, of a loss: what it may differ by in a run that adds the same gradients in another
   * order. Its weights are then off by roundings, which change a loss no more than moving every
   * weight by the backward error of the longest sums, those over B, H, W of a micro-batch.
   */
  private static final double OTHER_ORDER = Perturbation.ofSums(4 * 32 * 32);

  private final Path folder;

  /** What a command left behind. */
  public record Outcome(int code, String out, String err) {}

  /** Runs in {@code folder/runs} on the images of {@code folder/data}. */
  TinyTraining(Path folder) {
    this.folder = folder;
  }

  /** Checks the losses of a run that added the same gradients in another order. */
  public static void assertSameLosses(List<StepMetrics> actual, List<StepMetrics> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      double loss = expected.get(i).loss();
      assertThat(actual.get(i).loss()).as("step %d", i).isCloseTo(loss, within(OTHER_ORDER * loss));
    }
  }

  /**
   * Checks weights of a run that added the same gradients in another order. AdamW divides a
   * gradient by its size: a weight whose gradient cancels to its rounding may go either way, by the
   * learning rate in each step. There are few.
   */
  public static void assertNear(String name, float[] actual, float[] expected) {
    double[] one = Doubles.of(expected);
    double[] other = Doubles.of(actual);
    double rounding = Math.sqrt(2.0 * STEPS_PER_EPOCH) * OTHER_ORDER * Doubles.largest(one);
    assertThat(Doubles.differing(other, one, rounding))
        .as("elements of %s off by more than rounding", name)
        .isLessThanOrEqualTo(one.length / 100L);
    assertThat(Doubles.largestDifference(other, one))
        .as(name)
        .isLessThanOrEqualTo(2 * TinyRun.LEARNING_RATE * 2 * STEPS_PER_EPOCH);
  }

  /** Draws the images, in several row groups. */
  public static TinyTraining withImages(Path folder) {
    int code =
        PrepCommand.execute(
            new PrintWriter(new StringWriter()),
            new PrintWriter(System.err, true, UTF_8),
            "synthetic",
            "--output",
            folder.resolve("data").toString(),
            "--train",
            Integer.toString(TinyRun.TRAIN),
            "--val",
            Integer.toString(VALIDATION),
            "--size",
            "32",
            "--row-group-samples",
            "16",
            "--threads",
            "2");
    assertThat(code).isZero();
    return new TinyTraining(folder);
  }

  public Path data() {
    return folder.resolve("data");
  }

  public Path run(String id) {
    return folder.resolve("runs").resolve(id);
  }

  /** Trains, with changes to the settings. */
  public Outcome train(String id, String... changes) {
    List<String> arguments = new ArrayList<>(SETTINGS);
    arguments.add("data.path=" + data());
    arguments.add("run.dir=" + folder.resolve("runs"));
    arguments.add("run.id=" + id);
    arguments.addAll(List.of(changes));
    return command(arguments.toArray(String[]::new));
  }

  /** Any command line. */
  public static Outcome command(String... arguments) {
    return command(new SparkConf(false), arguments);
  }

  /** Any command line, with settings of spark-submit. */
  public static Outcome command(SparkConf settings, String... arguments) {
    SparkConf spark = settings.setMaster("local[2]").set("spark.ui.enabled", "false");
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    StringWriter err = new StringWriter();
    ApiTraining training = new ApiTraining(spark, new PrintStream(screen, true, UTF_8));
    CommandLine line = TrainCommand.commandLine(training);
    int code = line.setErr(new PrintWriter(err)).execute(arguments);
    return new Outcome(code, screen.toString(UTF_8), err.toString());
  }

  public MetricsLog.Content metrics(String id) throws IOException {
    return metrics(run(id));
  }

  /** Those in the folder of a run. */
  public static MetricsLog.Content metrics(Path run) throws IOException {
    return MetricsLog.read(
        FileSystem.getLocal(new Configuration()).getRawFileSystem(),
        new org.apache.hadoop.fs.Path(run.resolve("metrics.jsonl").toUri()));
  }

  /** The bytes of every tensor of a model file. */
  public static Map<String, ByteBuffer> tensors(Path file) throws IOException {
    Map<String, ByteBuffer> tensors = new TreeMap<>();
    try (SafetensorsFile model = SafetensorsFiles.open(file)) {
      for (TensorSpec spec : model.tensors()) {
        tensors.put(spec.name(), ByteBuffer.wrap(model.bytes(spec.name())));
      }
    }
    return tensors;
  }
}
