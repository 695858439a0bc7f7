package io.robusttrain.app.eval;

import io.robusttrain.app.ExitCode;
import io.robusttrain.evaluate.result.Comparison;
import io.robusttrain.evaluate.result.EvaluationResult;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustEval compare}: two results side by side. */
@Command(
    name = "compare",
    description = "Prints two results side by side.",
    mixinStandardHelpOptions = true)
final class EvalCompareCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A", description = "An eval.json or its directory.")
  private String first;

  @Parameters(index = "1", paramLabel = "B", description = "Another one.")
  private String second;

  @Override
  public Integer call() throws IOException {
    Configuration hadoop = new Configuration();
    String table =
        Comparison.of(EvaluationResult.read(first, hadoop), EvaluationResult.read(second, hadoop));
    spec.commandLine().getOut().print(table);
    return ExitCode.DONE.number();
  }
}
