package io.robusttrain.app.eval;

import io.robusttrain.app.cli.Usage;
import io.robusttrain.evaluate.published.RobustBench;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/** Puts the options that an entry of RobustBench stands for behind its name. */
final class PublishedProtocol implements IParameterPreprocessor {
  @Override
  @SuppressWarnings("JdkObsolete") // picocli's type
  public boolean preprocess(
      Stack<String> arguments, CommandSpec spec, ArgSpec option, Map<String, Object> info) {
    if (arguments.isEmpty()) {
      return false;
    }
    String name = arguments.pop();
    List<String> options;
    try {
      options = RobustBench.named(name).options();
    } catch (IllegalArgumentException unknown) {
      throw Usage.wrong(spec, "--robustbench: " + unknown.getMessage());
    }
    for (int i = options.size() - 1; i >= 0; i--) {
      arguments.push(options.get(i));
    }
    arguments.push(name);
    return false;
  }
}
