package io.robusttrain.app.speed;

import io.robusttrain.app.ExitCode;
import io.robusttrain.speed.SpeedComparison;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustSpeed compare}: two results side by side. */
@Command(
    name = "compare",
    description = "Prints two results of RobustSpeed --json side by side, and their ratios.",
    mixinStandardHelpOptions = true,
    usageHelpWidth = 100,
    footerHeading = "%n",
    footer = {
      "Figures as in RobustSpeed --help; those by kind of operation where both have a --profile. A",
      "warning says what makes two results incomparable: another model, image size, number of classes,",
      "batch, micro-batch, engine, executors or threads, or an sgemm rate that differs by more than 10 %.",
      "",
      "Exit codes: 0 done, 2 wrong usage or a file that is not such a result, 1 anything else."
    })
final class SpeedCompareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A", description = "A file of RobustSpeed --json.")
  private Path first;

  @Parameters(index = "1", paramLabel = "B", description = "Another one.")
  private Path second;

  @Override
  public Integer call() throws IOException {
    String table = SpeedComparison.of(SpeedComparison.read(first), SpeedComparison.read(second));
    spec.commandLine().getOut().print(table);
    return ExitCode.DONE.number();
  }
}
