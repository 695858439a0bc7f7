package io.robusttrain.config.value;

import io.robusttrain.base.Figures;
import io.robusttrain.base.Secrets;
import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be run, with everything that is wrong with it. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /**
   * A configuration with these problems.
   *
   * @throws IllegalArgumentException without a problem
   */
  public ConfigException(List<Problem> problems) {
    super(describe(problems));
    this.problems = List.copyOf(problems);
  }

  /** The problems in the order of the keys, at least one. */
  public List<Problem> problems() {
    return problems;
  }

  private static String describe(List<Problem> problems) {
    if (problems.isEmpty()) {
      throw new IllegalArgumentException("a ConfigException needs a problem");
    }
    String count = Figures.counted(problems.size(), "problem");
    return problems.stream()
        .map(problem -> "\n  " + Secrets.masked(problem.toString()))
        .collect(Collectors.joining("", count + " in the configuration:", ""));
  }
}
