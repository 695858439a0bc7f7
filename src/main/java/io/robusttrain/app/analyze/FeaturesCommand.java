package io.robusttrain.app.analyze;

import io.robusttrain.analysis.Features;
import io.robusttrain.app.ExitCode;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code RobustAnalyze features}. */
@Command(
    name = "features",
    description = {
      "What each class looks like to the model: noise, moved until the model says it; and what its",
      "representation keeps of photographs."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100)
final class FeaturesCommand implements Callable<Integer> {
  private final AnalyzeLauncher launcher;

  @Spec private CommandSpec spec;

  @Mixin private AnalyzeOptions options = new AnalyzeOptions();

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "100",
      description = "Steps of the targeted PGD. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--classes",
      paramLabel = "N",
      defaultValue = "10",
      description = "The first N classes. Default: ${DEFAULT-VALUE}.")
  private int classes;

  @Option(
      names = "--copies",
      paramLabel = "N",
      defaultValue = "4",
      description = "Images of each class. Default: ${DEFAULT-VALUE}.")
  private int copies;

  @Option(
      names = "--invert",
      paramLabel = "N",
      defaultValue = "4",
      description =
          "The first N images, drawn anew from their representation; 0: none. Default:"
              + " ${DEFAULT-VALUE}.")
  private int inverted;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "0",
      description = "Of the noise. Default: ${DEFAULT-VALUE}.")
  private long seed;

  FeaturesCommand(AnalyzeLauncher launcher) {
    this.launcher = launcher;
  }

  @Override
  public Integer call() throws IOException {
    launcher
        .run(new Features(steps, classes, copies, inverted, seed), options.request(spec))
        .forEach(spec.commandLine().getOut()::println);
    return ExitCode.DONE.number();
  }
}
