package io.robusttrain.app;

import io.robusttrain.evaluate.Comparison;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustEval compare}: two results side by side. */
@Command(
    name = "compare",
    description = "Prints two results side by side.",
    mixinStandardHelpOptions = true)
final class EvalCompareCommand implements Callable<Integer> {
  private final EvalRunner runner;
  private final ErrorReport errors;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A", description = "An eval.json or its directory.")
  private String first;

  @Parameters(index = "1", paramLabel = "B", description = "Another one.")
  private String second;

  @Mixin private DebugOption debug;

  EvalCompareCommand(EvalRunner runner, ErrorReport errors) {
    this.runner = runner;
    this.errors = errors;
  }

  @Override
  public Integer call() {
    try {
      String table = Comparison.of(runner.read(first), runner.read(second));
      spec.commandLine().getOut().print(table);
      spec.commandLine().getOut().flush();
      return ExitCode.DONE.number();
    } catch (Exception | LinkageError e) {
      return errors.print(e, debug.detail(), spec.commandLine().getErr()).number();
    }
  }
}
