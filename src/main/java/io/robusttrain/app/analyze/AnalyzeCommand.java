package io.robusttrain.app.analyze;

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

/** {@code RobustAnalyze}: the words of its analyses. */
@Command(
    name = "RobustAnalyze",
    description = "Looks at why a model is robust, and whether the attacks that say so are strong.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpWidth = 100,
    footerHeading = "%n",
    footer = {
      "The output directory holds analysis.json (the result), tables (CSV), figures (PNG, SVG) and"
          + " models/",
      "(finished blocks). The same command again continues an analysis that was interrupted; the"
          + " result",
      "does not depend on the number of executors.",
      "",
      "Examples",
      "  RobustAnalyze effectiveness --model runs/a --epochs all --data d --eps 4/255 --output e",
      "  RobustAnalyze landscape --model runs/a --data d --n 100 --eps 4/255 --output l",
      "  RobustAnalyze sweep --model runs/a --data d --output s",
      "  RobustAnalyze pictures --model runs/a --data d --n 500 --eps 4/255 --output p",
      "  RobustAnalyze transfer --model runs/a --judge b=runs/b --data d --eps 4/255 --output t",
      "  RobustAnalyze features --model runs/a --data d --n 100 --output f",
      "  RobustAnalyze compare light=e canonical=e2 --output both",
      "",
      "Exit codes: 0 done, 2 wrong usage, 3 bad data, 4 the clean accuracy is not the"
          + " checkpoint's,",
      "1 anything else."
    })
public final class AnalyzeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private AnalyzeCommand() {}

  /** Runs a command line and returns the process's exit code. */
  public static int execute(String... args) {
    return commandLine(new AnalyzeLauncher(new SparkConf(), System.err)).execute(args);
  }

  static CommandLine commandLine(AnalyzeLauncher launcher) {
    ErrorReport errors =
        ErrorReport.ofRuns()
            .with(EvaluationException.class, ExitCode.USAGE)
            .with(CleanAccuracyException.class, ExitCode.GUARD);
    return CommandLines.of(
        new AnalyzeCommand(),
        errors,
        new EffectivenessCommand(launcher),
        new LandscapeCommand(launcher),
        new RadiusSweepCommand(launcher),
        new PicturesCommand(launcher),
        new TransferCommand(launcher),
        new FeaturesCommand(launcher),
        new CompareCommand(launcher));
  }

  @Override
  public Integer call() {
    throw Usage.wrong(spec, "which analysis? Name one of the commands");
  }
}
