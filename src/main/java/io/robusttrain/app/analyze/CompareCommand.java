package io.robusttrain.app.analyze;

import io.robusttrain.app.ExitCode;
import io.robusttrain.app.cli.Usage;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustAnalyze compare}: finished analyses side by side. */
@Command(
    name = "compare",
    description = "Puts finished analyses of one kind into one table and one figure.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100)
final class CompareCommand implements Callable<Integer> {
  private final AnalyzeLauncher launcher;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "NAME=DIR",
      description = "Output directories of effectiveness, landscape or sweep, by any names.")
  private Map<String, String> analyses = new LinkedHashMap<>();

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Directory of the result, on any Hadoop file system.")
  private String output;

  CompareCommand(AnalyzeLauncher launcher) {
    this.launcher = launcher;
  }

  @Override
  public Integer call() throws IOException {
    if (analyses.size() < 2 || output == null) {
      throw Usage.wrong(spec, "what to compare? Give NAME=DIR twice or more, and --output");
    }
    launcher.compare(analyses, output).forEach(spec.commandLine().getOut()::println);
    return ExitCode.DONE.number();
  }
}
