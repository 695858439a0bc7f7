package io.robusttrain.app.analyze;

import io.robusttrain.analysis.Pictures;
import io.robusttrain.app.ExitCode;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code RobustAnalyze pictures}. */
@Command(
    name = "pictures",
    description =
        "Images before and after PGD with the model's answers: the worst, the closest, and some at"
            + " random.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100)
final class PicturesCommand implements Callable<Integer> {
  private final AnalyzeLauncher launcher;

  @Spec private CommandSpec spec;

  @Mixin private AnalyzeOptions options = new AnalyzeOptions();

  @Mixin private ThreatOptions threat = new ThreatOptions();

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "100",
      description = "Steps of PGD, each of 1.5 eps / N. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "8",
      description = "Images of each group. Default: ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "0",
      description = "Of the starts and of the random choice. Default: ${DEFAULT-VALUE}.")
  private long seed;

  PicturesCommand(AnalyzeLauncher launcher) {
    this.launcher = launcher;
  }

  @Override
  public Integer call() throws IOException {
    Pictures analysis = new Pictures(threat.threat(spec), steps, count, seed);
    launcher.run(analysis, options.request(spec)).forEach(spec.commandLine().getOut()::println);
    return ExitCode.DONE.number();
  }
}
