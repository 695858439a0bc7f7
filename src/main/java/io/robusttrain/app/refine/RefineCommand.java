package io.robusttrain.app.refine;

import io.robusttrain.app.ErrorReport;
import io.robusttrain.app.ExitCode;
import io.robusttrain.app.Version;
import io.robusttrain.app.cli.CommandLines;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.result.CleanAccuracyException;
import java.util.concurrent.Callable;
import org.apache.spark.SparkConf;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code RobustRefine}: one subcommand for each way to make a model of trained ones. */
@Command(
    name = "RobustRefine",
    description = "Makes a model of trained ones, without training.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpWidth = 100,
    footerHeading = "%n",
    footer = {
      "The output directory holds model.safetensors, an ordinary model file: name the directory where"
          + " a",
      "command takes a model. The same command again continues one that was interrupted.",
      "",
      "Examples",
      "  RobustRefine soup runs/a runs/b runs/c --data d --output averaged",
      "  RobustRefine soup runs/a runs/b --weights 2,1 --data d --output weighted",
      "  RobustRefine soup runs/a runs/b runs/c --greedy --eps 4/255 --data d --output greedy",
      "  RobustRefine meansparse runs/a --alpha 0.25 --data d --output sparse",
      "",
      "Exit codes: 0 done, 2 wrong usage or models that do not fit each other, 3 bad data, 4 the clean",
      "accuracy is not the checkpoint's, 1 anything else."
    })
public final class RefineCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private RefineCommand() {}

  /** Runs a command line and returns the process's exit code. */
  public static int execute(String... args) {
    return commandLine(new RefineLauncher(new SparkConf(), System.err)).execute(args);
  }

  static CommandLine commandLine(RefineLauncher launcher) {
    ErrorReport errors =
        ErrorReport.ofRuns()
            .with(EvaluationException.class, ExitCode.USAGE)
            .with(CleanAccuracyException.class, ExitCode.GUARD);
    return CommandLines.of(
        new RefineCommand(), errors, new SoupCommand(launcher), new MeanSparseCommand(launcher));
  }

  @Override
  public Integer call() {
    throw Usage.wrong(spec, "what to make? Name one of the commands");
  }
}
