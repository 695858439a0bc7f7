package io.robusttrain.app;

import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.ModelRegistry;
import io.robusttrain.speed.SpeedJson;
import io.robusttrain.speed.SpeedResult;
import io.robusttrain.speed.SpeedText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code RobustSpeed}: reads the command line, hands it to a {@link SpeedRunner}, prints. */
@Command(
    name = "RobustSpeed",
    description =
        "Times the FGSM training step of a model on synthetic images; its subcommands time many models"
            + " and the evaluation's attacks.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpWidth = 100,
    footerHeading = "%n",
    footer = {
      "A step is: FGSM from a random start in eval mode (epsilon 4/255), forward and backward with label",
      "smoothing 0.1 in train mode, AdamW on the whole flat vector. Images are random bytes, the same in",
      "every step, so nothing is read or decoded. The code is that of RobustTrain's workers.",
      "",
      "What the figures are",
      "  images/s    batch over the wall seconds of a timed step: median, slowest and fastest step",
      "  GFLOP/s     median images/s x 5 x 2 x GMACs: an image passes forward twice (attack, training) and",
      "              backward three times (attack: input; training: input and weights); 2 operations a MAC.",
      "              Convolutions and matrix products count, everything else takes time but counts nothing",
      "  sgemm       float32 products of 2048 x 2048 matrices with the same threads, for 1.5 s before and",
      "              1.5 s after the steps: median and fastest product; with --distributed measured on all",
      "              executors at the same time and summed",
      "  ratio       GFLOP/s over the mean of the two medians, and over the fastest product of all",
      "  time        shares of the wall time of all timed steps. attack: making the attacked images.",
      "              forward/backward: training on them. optimiser: gradient norm and AdamW. data: waiting",
      "              for images, bytes to floats. exchange: all the rest, which is copying weights in and",
      "              gradients out, and with --distributed what BigDL and Spark do",
      "  overhead    with --distributed: seconds of an iteration minus those that its slowest worker spent",
      "              in attack, forward/backward, optimiser and data itself (exchange, in other words)",
      "  peak RSS    largest resident memory that the process ever had, Java heap and libraries included;",
      "              with --distributed of the largest executor",
      "",
      "Examples",
      "  ./spark-submit/local.sh RobustSpeed --model xcit_small_12_p16_224 --batch 8 --threads 2",
      "  ./spark-submit/standalone.sh --workers 2 RobustSpeed --distributed --batch 32",
      "  ./spark-submit/local.sh RobustSpeed models deit",
      "  ./spark-submit/local.sh RobustSpeed attacks --iterations 5",
      "",
      "Exit codes: 0 done, 2 wrong usage, 4 the loss was not finite, 1 anything else."
    })
public final class SpeedCommand implements Callable<Integer> {
  private static final String STANDARD_OUTPUT = "-";
  private static final double MATRIX_SECONDS = 1.5;

  private final SpeedRunner runner;
  private final ErrorReport errors;

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "xcit_small_12_p16_224",
      description = "timm's name. Default: ${DEFAULT-VALUE}.")
  private String model;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "Images of a step, over all executors. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--micro-batch",
      paramLabel = "N",
      description =
          "Most images computed at once; the rest accumulates. Default: an executor's share.")
  private Integer microBatch;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads inside an operation. Default: all cores, of an executor if distributed.")
  private Integer threads;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "10",
      description = "Timed steps. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      defaultValue = "2",
      description = "Steps before the clock starts. Default: ${DEFAULT-VALUE}.")
  private int warmUp;

  @Option(
      names = "--img-size",
      paramLabel = "PIXELS",
      description = "Side of the images. Default: the model's.")
  private Integer imageSize;

  @Option(names = "--num-classes", paramLabel = "N", description = "Default: the model's.")
  private Integer numClasses;

  @Option(
      names = "--drop-path",
      paramLabel = "RATE",
      defaultValue = "0.05",
      description = "Probability that a sample skips a branch. Default: ${DEFAULT-VALUE}.")
  private double dropPath;

  @Option(names = "--distributed", description = "Time whole iterations of BigDL on Spark.")
  private boolean distributed;

  @Option(
      names = "--executors",
      paramLabel = "N",
      description = "With --distributed. Default: as many as spark-submit asked for.")
  private Integer executors;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write all figures as one JSON object; - prints it instead of the text.")
  private String json;

  @Mixin private DebugOption debug;

  private SpeedCommand(SpeedRunner runner, ErrorReport errors) {
    this.runner = runner;
    this.errors = errors;
  }

  /**
   * Runs a command line. Failures are printed, not thrown.
   *
   * @param runner does the work
   * @param errors maps the runner's failures
   * @param args the arguments
   * @return the process's exit status
   */
  public static int execute(SpeedRunner runner, ErrorReport errors, String... args) {
    return commandLine(runner, errors).execute(args);
  }

  static CommandLine commandLine(SpeedRunner runner, ErrorReport errors) {
    return new CommandLine(new SpeedCommand(runner, errors))
        .addSubcommand(new SpeedModelsCommand(runner, errors))
        .addSubcommand(new SpeedAttacksCommand(errors))
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() {
    check();
    try {
      SpeedRequest request = request();
      if (json != null && !json.equals(STANDARD_OUTPUT)) {
        requireWritable(Path.of(json));
      }
      print(runner.run(request));
      return ExitCode.DONE.number();
    } catch (Exception | LinkageError | OutOfMemoryError e) {
      return errors.print(e, debug.detail(), spec.commandLine().getErr()).number();
    }
  }

  private void check() {
    atLeast("--batch", batch, 1);
    atLeast("--micro-batch", microBatch, 1);
    atLeast("--threads", threads, 1);
    atLeast("--steps", steps, 1);
    atLeast("--warmup", warmUp, 0);
    atLeast("--executors", executors, 1);
    atLeast("--img-size", imageSize, 1);
    atLeast("--num-classes", numClasses, 1);
    if (executors != null && !distributed) {
      throw new ParameterException(spec.commandLine(), "--executors needs --distributed");
    }
  }

  private void atLeast(String option, Integer value, int least) {
    if (value != null && value < least) {
      throw new ParameterException(
          spec.commandLine(), "%s must be at least %d, not %d".formatted(option, least, value));
    }
  }

  private SpeedRequest request() {
    ModelOptions options = ModelOptions.none().withDropPathRate(dropPath);
    if (numClasses != null) {
      options = options.withNumClasses(numClasses);
    }
    if (imageSize != null) {
      options = options.withImageSize(imageSize);
    }
    Architecture architecture = ModelRegistry.create(model, options);
    return new SpeedRequest(
        distributed ? SpeedRequest.Mode.DISTRIBUTED : SpeedRequest.Mode.LOCAL,
        architecture,
        batch,
        Optional.ofNullable(microBatch),
        Optional.ofNullable(executors),
        Optional.ofNullable(threads),
        warmUp,
        steps,
        MATRIX_SECONDS);
  }

  /** Minutes of measuring must not end at a folder that is not there. */
  static void requireWritable(Path json) {
    Path file = json.toAbsolutePath();
    Path place = Files.exists(file) ? file : file.getParent();
    if (Files.isDirectory(file) || !Files.isWritable(place)) {
      throw new IllegalArgumentException(
          "--json %s: cannot write there; name a file in an existing, writable folder"
              .formatted(json));
    }
  }

  private void print(SpeedResult result) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    String object = SpeedJson.of(result).toPrettyString();
    if (STANDARD_OUTPUT.equals(json)) {
      out.println(object);
    } else {
      if (json != null) {
        Files.writeString(Path.of(json), object + System.lineSeparator());
      }
      out.print(SpeedText.of(result));
    }
    out.flush();
  }
}
