package io.robusttrain.app.analyze;

import io.robusttrain.analysis.Landscape;
import io.robusttrain.analysis.Landscape.StepRule;
import io.robusttrain.app.ExitCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code RobustAnalyze landscape}. */
@Command(
    name = "landscape",
    description =
        "Whether PGD ends at the same loss from every start: final losses by steps, and the loss at"
            + " every step.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100)
final class LandscapeCommand implements Callable<Integer> {
  private final AnalyzeLauncher launcher;

  @Spec private CommandSpec spec;

  @Mixin private AnalyzeOptions options = new AnalyzeOptions();

  @Mixin private ThreatOptions threat = new ThreatOptions();

  @Option(
      names = "--points",
      paramLabel = "N",
      defaultValue = "32",
      description = "Correctly classified images, the first ones. Default: ${DEFAULT-VALUE}.")
  private int points;

  @Option(
      names = "--starts",
      paramLabel = "N",
      defaultValue = "20",
      description = "Random starts of each image. Default: ${DEFAULT-VALUE}.")
  private int starts;

  @Option(
      names = "--steps",
      paramLabel = "LIST",
      split = ",",
      defaultValue = "0,1,2,5,10,50,100,200,500",
      description = "Numbers of steps; 0 is the start. Default: ${DEFAULT-VALUE}.")
  private List<Integer> steps = new ArrayList<>();

  @Option(
      names = "--step-rule",
      paramLabel = "LIST",
      split = ",",
      defaultValue = "scaled,fixed",
      description =
          "scaled: 1.5 eps / steps; fixed: 1.5 eps / 10 whatever the steps. Default:"
              + " ${DEFAULT-VALUE}.")
  private List<StepRule> rules = new ArrayList<>();

  LandscapeCommand(AnalyzeLauncher launcher) {
    this.launcher = launcher;
  }

  @Override
  public Integer call() throws IOException {
    Landscape analysis = new Landscape(threat.threat(spec), points, starts, steps, rules);
    launcher.run(analysis, options.request(spec)).forEach(spec.commandLine().getOut()::println);
    return ExitCode.DONE.number();
  }
}
