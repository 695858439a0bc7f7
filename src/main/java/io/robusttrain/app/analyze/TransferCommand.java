package io.robusttrain.app.analyze;

import io.robusttrain.analysis.Transfer;
import io.robusttrain.app.ExitCode;
import io.robusttrain.app.cli.Usage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code RobustAnalyze transfer}. */
@Command(
    name = "transfer",
    description =
        "What other models see in perturbations: drawn as images, classified with the true labels.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100)
final class TransferCommand implements Callable<Integer> {
  private final AnalyzeLauncher launcher;

  @Spec private CommandSpec spec;

  @Mixin private AnalyzeOptions options = new AnalyzeOptions();

  @Mixin private ThreatOptions threat = new ThreatOptions();

  @Option(
      names = "--judge",
      paramLabel = "NAME=PATH",
      description = {
        "A model that judges, by any name, and what --model takes; may be repeated. For weights that",
        "do not say what they belong to: NAME=PATH,arch=ARCH,normalize=WAY as --arch and --normalize."
      })
  private List<String> judges = new ArrayList<>();

  @Option(
      names = "--steps",
      paramLabel = "LIST",
      split = ",",
      defaultValue = "1,100",
      description = "Numbers of steps of PGD; 1 is FGSM. Default: ${DEFAULT-VALUE}.")
  private List<Integer> steps = new ArrayList<>();

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      defaultValue = "0",
      description = "Of the starts. Default: ${DEFAULT-VALUE}.")
  private long seed;

  TransferCommand(AnalyzeLauncher launcher) {
    this.launcher = launcher;
  }

  @Override
  public Integer call() throws IOException {
    if (judges.isEmpty()) {
      throw Usage.wrong(spec, "who judges? Give --judge NAME=PATH");
    }
    List<JudgeOption> named = judges.stream().map(text -> JudgeOption.parse(spec, text)).toList();
    AnalyzeRequest request = options.request(spec);
    Transfer analysis =
        new Transfer(threat.threat(spec), steps, seed, launcher.judges(named, request.subject()));
    launcher.run(analysis, request).forEach(spec.commandLine().getOut()::println);
    return ExitCode.DONE.number();
  }
}
