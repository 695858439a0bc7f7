package io.robusttrain.app.train;

import io.robusttrain.app.ErrorReport;
import io.robusttrain.app.ExitCode;
import io.robusttrain.app.Version;
import io.robusttrain.app.cli.CommandLines;
import io.robusttrain.app.cli.ConfigOptions;
import io.robusttrain.app.cli.DebugOption;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.app.sweep.ChildProcess;
import io.robusttrain.app.sweep.RunProcess;
import io.robusttrain.app.sweep.SweepLauncher;
import io.robusttrain.config.read.ConfigLoader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
      "  RobustTrain --config conf/clothing10.conf 'stages=[{epochs=40,img-size=32},{epochs=20}]'",
      "  RobustTrain --sweep conf/sweeps/weight-decay.conf data.path=hdfs:///imagenet100",
      "  RobustTrain report runs/one runs/two --output compared.html",
      "A run id that exists is continued; so is a sweep, whose finished runs are not repeated.",
      "",
      "Every key with its default and meaning is in reference.conf; --keys prints it.",
      "",
      "Exit codes: 0 done, 2 wrong usage or configuration, 3 bad data, 4 training stopped by a guard,",
      "1 anything else."
    })
public final class TrainCommand implements Callable<Integer> {
  private final TrainRunner runner;
  private final Function<List<String>, RunProcess> children;
  @Spec private CommandSpec spec;

  @Mixin private ConfigOptions options;

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

  private TrainCommand(TrainRunner runner, Function<List<String>, RunProcess> children) {
    this.runner = runner;
    this.children = children;
  }

  /** Runs a command line and returns the process's exit code. */
  public static int execute(String... args) {
    return commandLine(new ApiTraining(new SparkConf(), System.out)).execute(args);
  }

  public static CommandLine commandLine(TrainRunner runner) {
    return commandLine(runner, ChildProcess::like);
  }

  /**
   * With other children than processes.
   *
   * @param children given this process's arguments, runs a run of a sweep
   */
  static CommandLine commandLine(TrainRunner runner, Function<List<String>, RunProcess> children) {
    return CommandLines.of(
        new TrainCommand(runner, children),
        ErrorReport.ofRuns(),
        new TrainReportCommand(runner::hadoop));
  }

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    if (keys) {
      out.print(ConfigLoader.referenceText());
      return ExitCode.DONE.number();
    }
    if (sweep != null) {
      return sweep(out).number();
    }
    if (!options.hasFiles() && options.overrides().isEmpty()) {
      throw Usage.wrong(spec, "What to train? Name a configuration with --config FILE.");
    }
    options.override("run.id", runId);
    runner.run(options, dryRun ? TrainRunner.Mode.DRY_RUN : TrainRunner.Mode.TRAIN);
    return ExitCode.DONE.number();
  }

  private ExitCode sweep(PrintWriter out) throws IOException, InterruptedException {
    if (options.hasFiles() || runId != null) {
      throw Usage.wrong(
          spec,
          "A sweep names its configuration and its runs itself: leave out --config and --run-id.");
    }
    SweepLauncher launcher = new SweepLauncher(this::runChild, runner.hadoop(), out);
    if (dryRun) {
      launcher.list(sweep, options.overrides());
      return ExitCode.DONE;
    }
    return launcher.run(sweep, options.overrides());
  }

  private int runChild(List<String> arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(debug.arguments());
    all.addAll(arguments);
    return children.apply(spec.commandLine().getParseResult().originalArgs()).run(all);
  }
}
