package io.robusttrain.app;

import io.robusttrain.config.ConfigLoader;
import io.robusttrain.config.RunConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustTrain}: reads the configuration and hands it to a {@link TrainRunner}. */
@Command(
    name = "RobustTrain",
    description = "Trains an adversarially robust image classifier.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpWidth = 100,
    footerHeading = "%n",
    footer = {
      "Examples",
      "  RobustTrain --config conf/quickstart.conf",
      "  RobustTrain --config conf/recipes/light.conf data.path=hdfs:///imagenet attack.eps=8/255",
      "  RobustTrain --config conf/cifar10.conf --run-id try-2 train.epochs=20 --dry-run",
      "  RobustTrain --sweep conf/sweeps/weight-decay.conf data.path=hdfs:///imagenet100",
      "A run id that exists is continued; so is a sweep, whose finished runs are not repeated.",
      "",
      "Every key with its default and meaning is in reference.conf; --keys prints it.",
      "",
      "Exit codes: 0 done, 2 wrong usage or configuration, 3 bad data, 4 training stopped by a guard,",
      "1 anything else."
    })
public final class TrainCommand implements Callable<Integer> {
  /** Starts a run of a sweep and waits for it. */
  @FunctionalInterface
  interface ChildStarter {
    /**
     * Runs it.
     *
     * @param own arguments of this process
     * @param further arguments in their place
     * @return its exit code
     */
    int run(List<String> own, List<String> further) throws IOException, InterruptedException;
  }

  private final TrainRunner runner;
  private final ErrorReport errors;
  private final ChildStarter children;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "HOCON file; may be repeated, a later one overrides an earlier one.")
  private List<Path> files = new ArrayList<>();

  @Parameters(paramLabel = "key=value", description = "Overrides a key of the files.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--run-id",
      paramLabel = "ID",
      description = "Name of the run directory; short for run.id=ID.")
  private String runId;

  @Option(
      names = "--sweep",
      paramLabel = "FILE",
      description =
          "Train every run of a sweep, one after another; submitted again, it goes on where it ended.")
  private Path sweep;

  @Option(
      names = "--dry-run",
      description =
          "Check everything, print the plan and stop; with --sweep, only the configurations are checked.")
  private boolean dryRun;

  @Option(names = "--keys", description = "Print every key with its default and meaning and stop.")
  private boolean keys;

  @Mixin private DebugOption debug;

  private TrainCommand(TrainRunner runner, ErrorReport errors, ChildStarter children) {
    this.runner = runner;
    this.errors = errors;
    this.children = children;
  }

  /**
   * Runs a command line. Failures are printed, not thrown.
   *
   * @param runner does the work
   * @param errors maps the runner's failures
   * @param args the arguments
   * @return the process's exit status
   */
  public static int execute(TrainRunner runner, ErrorReport errors, String... args) {
    return commandLine(runner, errors).execute(args);
  }

  static CommandLine commandLine(TrainRunner runner, ErrorReport errors) {
    return commandLine(runner, errors, (own, further) -> ChildProcess.like(own).run(further));
  }

  static CommandLine commandLine(TrainRunner runner, ErrorReport errors, ChildStarter children) {
    return new CommandLine(new TrainCommand(runner, errors, children));
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (keys) {
      out.print(ConfigLoader.referenceText());
      out.flush();
      return ExitCode.DONE.number();
    }
    if (sweep != null && (!files.isEmpty() || runId != null)) {
      throw new ParameterException(
          spec.commandLine(),
          "A sweep names its configuration and its runs itself: leave out --config and --run-id.");
    }
    if (sweep == null && files.isEmpty() && overrides.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "What to train? Name a configuration with --config FILE.");
    }
    try {
      TrainOptions options = options();
      if (sweep != null) {
        return new SweepLauncher(this::runChild, runner.hadoop(), out)
            .run(sweep, overrides, options.mode())
            .number();
      }
      RunConfig config = ConfigLoader.load(options.configFiles(), options.overrides());
      runner.run(config, options);
      return ExitCode.DONE.number();
    } catch (Exception | LinkageError | OutOfMemoryError e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      return errors.print(e, debug.detail(), spec.commandLine().getErr()).number();
    }
  }

  private int runChild(List<String> arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(debug.arguments());
    all.addAll(arguments);
    return children.run(spec.commandLine().getParseResult().originalArgs(), all);
  }

  private TrainOptions options() {
    List<String> all = new ArrayList<>(overrides);
    if (runId != null) {
      all.add("run.id=" + runId);
    }
    return new TrainOptions(
        dryRun ? TrainOptions.Mode.DRY_RUN : TrainOptions.Mode.TRAIN, files, all);
  }
}
