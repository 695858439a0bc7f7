package io.robusttrain.app.analyze;

import io.robusttrain.analysis.Effectiveness;
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

/** {@code RobustAnalyze effectiveness}. */
@Command(
    name = "effectiveness",
    description =
        "How much of the loss of a long PGD short ones miss: |L_k - L_oracle| / L_oracle in percent.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100)
final class EffectivenessCommand implements Callable<Integer> {
  private final AnalyzeLauncher launcher;

  @Spec private CommandSpec spec;

  @Mixin private AnalyzeOptions options = new AnalyzeOptions();

  @Mixin private ThreatOptions threat = new ThreatOptions();

  @Option(
      names = "--k",
      paramLabel = "LIST",
      split = ",",
      defaultValue = "1,2,5,10",
      description = "Numbers of steps, each of 1.5 eps / k. Default: ${DEFAULT-VALUE}.")
  private List<Integer> steps = new ArrayList<>();

  @Option(
      names = "--oracle",
      paramLabel = "STEPS",
      defaultValue = "200",
      description = "Steps of the long attack. Default: ${DEFAULT-VALUE}.")
  private int oracle;

  @Option(
      names = "--seeds",
      paramLabel = "LIST",
      split = ",",
      defaultValue = "0,1,2",
      description = "Of the random starts, a repetition for each. Default: ${DEFAULT-VALUE}.")
  private List<Long> seeds = new ArrayList<>();

  EffectivenessCommand(AnalyzeLauncher launcher) {
    this.launcher = launcher;
  }

  @Override
  public Integer call() throws IOException {
    Effectiveness analysis = new Effectiveness(threat.threat(spec), steps, oracle, seeds);
    launcher.run(analysis, options.request(spec)).forEach(spec.commandLine().getOut()::println);
    return ExitCode.DONE.number();
  }
}
