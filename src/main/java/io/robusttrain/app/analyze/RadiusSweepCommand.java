package io.robusttrain.app.analyze;

import io.robusttrain.analysis.RadiusSweep;
import io.robusttrain.app.ExitCode;
import io.robusttrain.app.eval.Radius;
import io.robusttrain.attack.ThreatModel.Norm;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code RobustAnalyze sweep}: over radii, not over the settings of a training. */
@Command(
    name = "sweep",
    description =
        "Robust accuracy over radii, and under PGD with more and more steps: are gradients masked?",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100)
final class RadiusSweepCommand implements Callable<Integer> {
  private final AnalyzeLauncher launcher;

  @Spec private CommandSpec spec;

  @Mixin private AnalyzeOptions options = new AnalyzeOptions();

  @Option(
      names = "--norm",
      paramLabel = "NORM",
      defaultValue = "linf",
      description = "linf, l2 or l1. Default: ${DEFAULT-VALUE}.")
  private Norm norm;

  @Option(
      names = "--radii",
      paramLabel = "LIST",
      split = ",",
      defaultValue = "0,2/255,4/255,6/255,8/255,10/255,12/255,14/255,16/255",
      description = "Radii, pixels being in [0,1]. Default: ${DEFAULT-VALUE}.")
  private List<String> radii = new ArrayList<>();

  @Option(
      names = "--attacks",
      paramLabel = "LIST",
      defaultValue = "apgd-ce",
      description =
          "As RobustEval has them: standard is AutoAttack, as in the paper. Default:"
              + " ${DEFAULT-VALUE}.")
  private String attacks;

  @Option(
      names = "--pgd-eps",
      paramLabel = "RADIUS",
      defaultValue = "4/255",
      description =
          "Radius of the table of PGD with 5, 10, 50 and 100 steps; 0: no table. Default:"
              + " ${DEFAULT-VALUE}.")
  private String pgdEpsilon;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "0",
      description = "Of all random draws. Default: ${DEFAULT-VALUE}.")
  private long seed;

  RadiusSweepCommand(AnalyzeLauncher launcher) {
    this.launcher = launcher;
  }

  @Override
  public Integer call() throws IOException {
    RadiusSweep analysis =
        new RadiusSweep(
            norm,
            radii.stream().map(text -> Radius.parse(spec, "--radii", norm, text)).toList(),
            attacks,
            Radius.parse(spec, "--pgd-eps", norm, pgdEpsilon),
            seed);
    launcher.run(analysis, options.request(spec)).forEach(spec.commandLine().getOut()::println);
    return ExitCode.DONE.number();
  }
}
