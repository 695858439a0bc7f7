package io.robusttrain.app.speed;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.app.ErrorReport;
import io.robusttrain.app.ExitCode;
import io.robusttrain.app.Version;
import io.robusttrain.app.cli.CommandLines;
import io.robusttrain.app.cli.DeviceOption;
import io.robusttrain.app.cli.JsonOutput;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.report.ProgressDisplay;
import io.robusttrain.speed.SpeedJson;
import io.robusttrain.speed.SpeedResult;
import io.robusttrain.speed.SpeedText;
import io.robusttrain.speed.profile.ProfileException;
import io.robusttrain.speed.profile.ProfileJson;
import io.robusttrain.speed.profile.ProfileText;
import io.robusttrain.speed.profile.StepProfile;
import io.robusttrain.speed.profile.StepProfiler;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.train.worker.StepArithmetic;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.SparkConf;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code RobustSpeed}: reads the command line, hands it to a {@link SpeedLauncher}, prints. */
@Command(
    name = "RobustSpeed",
    description =
        "Times the FGSM training step of a model on synthetic images; its subcommands time many models,"
            + " the evaluation's attacks and the loading of images, and compare two results.",
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
      "  sgemm       float32 products of 2048 x 2048 matrices with the same threads (with --device cuda on the",
      "              GPU, in tf32 if that is asked for), for 1.5 s before and",
      "              1.5 s after the steps: median and fastest product; with --distributed measured on all",
      "              executors at the same time and summed",
      "  ratio       GFLOP/s over the mean of the two medians, and over the fastest product of all",
      "  time        shares of the wall time of all timed steps. attack: making the attacked images.",
      "              forward/backward: training on them. optimiser: gradient norm and AdamW. data: waiting",
      "              for images, bytes to floats. exchange: all the rest, which is copying weights in and",
      "              gradients out, and with --distributed what the engine and Spark do",
      "  overhead    with --distributed: seconds of an iteration minus those that its slowest worker spent",
      "              in attack, forward/backward, optimiser and data itself (exchange, in other words)",
      "  peak RSS    largest resident memory that the process ever had, Java heap and libraries included;",
      "              with --distributed of the largest executor. Memory of a GPU is not in it",
      "",
      "With --profile another worker computes one step again and again, three times while libtorch records",
      "when its operations begin and end. The tables are means of the three, which take longer than a",
      "step without: a few microseconds for each operation.",
      "  ms          of the operations themselves, without those that they call; attack (until",
      "              training begins) and training are parts of it, known where a step is one micro-batch",
      "  of step     share of the recorded step's wall time. between operations: Java, JavaCPP and copies",
      "              to and from arrays. optimiser: gradient norm and AdamW, which compute in Java",
      "  MB moved    read and written, by the sizes of the tensors that an operation takes and gives: each",
      "              once, caches not considered. Views and allocations move nothing",
      "  allocs, MB  tensors that new memory was asked for, and how much; what an operation asks for and",
      "              gives back inside of it is not seen",
      "",
      "Examples",
      "  ./spark-submit/local.sh RobustSpeed --model xcit_small_12_p16_224 --batch 8 --threads 2",
      "  ./spark-submit/local.sh RobustSpeed --model xcit_small_12_p16_224 --profile --json after.json",
      "  ./spark-submit/local.sh RobustSpeed compare before.json after.json",
      "  ./spark-submit/standalone.sh --workers 2 RobustSpeed --distributed --engine collective --batch 32",
      "  ./spark-submit/local.sh RobustSpeed models deit",
      "  ./spark-submit/local.sh RobustSpeed attacks --iterations 5",
      "  ./spark-submit/local.sh RobustSpeed data --data data/clothing10",
      "",
      "Exit codes: 0 done, 2 wrong usage, 4 the loss was not finite, 1 anything else."
    })
public final class SpeedCommand implements Callable<Integer> {
  private static final double MATRIX_SECONDS = 1.5;

  private static final Map<String, SpeedRequest.Mode> ENGINES =
      Map.of("bigdl", SpeedRequest.Mode.DISTRIBUTED, "collective", SpeedRequest.Mode.COLLECTIVE);

  private final SpeedLauncher launcher;

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
          "Most images computed at once; the rest accumulates. Default: a replica's share.")
  private Integer microBatch;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads inside an operation. Default: all cores, of an executor if distributed, over its replicas.")
  private Integer threads;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Copies of the model, of each executor if distributed, that compute their shares of the batch"
              + " at the same time. Default: ${DEFAULT-VALUE}.")
  private int replicas;

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

  @Mixin private DeviceOption device;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      defaultValue = "fp32",
      description =
          "fp32, bf16 (autocast, of the attack, too) or, with --device cuda, tf32. Default: ${DEFAULT-VALUE}.")
  private String precision;

  @Option(names = "--distributed", description = "Time whole iterations on Spark.")
  private boolean distributed;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description = "With --distributed: bigdl or collective. Default: bigdl.")
  private String engine;

  @Option(
      names = "--no-overlap",
      description = "With --engine collective: exchange when all is computed, not meanwhile.")
  private boolean afterwards;

  @Option(
      names = "--executors",
      paramLabel = "N",
      description = "With --distributed. Default: as many as spark-submit asked for.")
  private Integer executors;

  @Option(
      names = "--profile",
      description = "Afterwards, record the operations of a step and print what they cost.")
  private boolean profile;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write all figures as one JSON object; - prints it instead of the text.")
  private String json;

  private SpeedCommand(SpeedLauncher launcher) {
    this.launcher = launcher;
  }

  /** Runs a command line and returns the process's exit code. */
  public static int execute(String... args) {
    PrintStream screen = System.err;
    try (ProgressDisplay display =
        ProgressDisplay.automatic(screen, Clock.systemUTC(), Duration.ZERO)) {
      return commandLine(new SpeedLauncher(new SparkConf(), display)).execute(args);
    }
  }

  static CommandLine commandLine(SpeedLauncher launcher) {
    ErrorReport errors = ErrorReport.ofRuns().with(ProfileException.class, ExitCode.FAILED);
    return CommandLines.of(
        new SpeedCommand(launcher),
        errors,
        new SpeedModelsCommand(launcher, errors),
        new SpeedCompareCommand(),
        new SpeedAttacksCommand(),
        new SpeedDataCommand());
  }

  @Override
  public Integer call() throws IOException {
    check();
    SpeedRequest request = request();
    JsonOutput.requireWritable(json);
    if (profile) {
      StepProfiler.requireRecorders();
    }
    SpeedResult result = launcher.run(request);
    ObjectNode object = SpeedJson.of(result);
    String text = SpeedText.of(result);
    if (profile) {
      StepProfile profiled = launcher.profile(request);
      object.set("profile", ProfileJson.of(profiled));
      text += ProfileText.of(profiled);
    }
    JsonOutput.print(json, object.toPrettyString(), text, spec.commandLine().getOut());
    return ExitCode.DONE.number();
  }

  private void check() {
    Usage.atLeast(spec, "--batch", batch, 1);
    Usage.atLeast(spec, "--micro-batch", microBatch, 1);
    Usage.atLeast(spec, "--threads", threads, 1);
    Usage.atLeast(spec, "--replicas", replicas, 1);
    Usage.atLeast(spec, "--steps", steps, 1);
    Usage.atLeast(spec, "--warmup", warmUp, 0);
    Usage.atLeast(spec, "--executors", executors, 1);
    Usage.atLeast(spec, "--img-size", imageSize, 1);
    Usage.atLeast(spec, "--num-classes", numClasses, 1);
    if (executors != null && !distributed) {
      throw Usage.wrong(spec, "--executors needs --distributed");
    }
    if (engine != null && !distributed) {
      throw Usage.wrong(spec, "--engine needs --distributed");
    }
    if (engine != null && !ENGINES.containsKey(engine)) {
      throw Usage.wrong(spec, "--engine is one of bigdl, collective; found " + engine);
    }
    if (afterwards && !"collective".equals(engine)) {
      throw Usage.wrong(spec, "--no-overlap needs --engine collective");
    }
    if (profile && device.chosen() != ComputeDevice.CPU) {
      throw Usage.wrong(spec, "--profile records operations of the CPU: leave out --device");
    }
    if (profile && distributed) {
      throw Usage.wrong(
          spec, "--profile records a step in this process: leave out one of it and --distributed");
    }
  }

  private StepArithmetic arithmetic() {
    StepArithmetic arithmetic;
    try {
      arithmetic = StepArithmetic.of(device.chosen(), precision);
    } catch (IllegalArgumentException wrong) {
      throw Usage.wrong(spec, "--precision: " + wrong.getMessage());
    }
    if (!device.chosen().available()) {
      throw Usage.wrong(spec, "--device: libtorch finds no CUDA device here; use --device cpu");
    }
    return arithmetic;
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
        distributed ? ENGINES.get(engine == null ? "bigdl" : engine) : SpeedRequest.Mode.LOCAL,
        !afterwards,
        architecture,
        batch,
        Optional.ofNullable(microBatch),
        Optional.ofNullable(executors),
        replicas,
        Optional.ofNullable(threads),
        warmUp,
        steps,
        arithmetic(),
        MATRIX_SECONDS);
  }
}
