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
   * Says in one message what all these problems are.
   *
   * @throws IllegalArgumentException without a problem
   */
  public ConfigException(List<Problem> problems) {
    super(describe(problems));
    this.problems = List.copyOf(problems);
  }

  /** Says what is wrong with one key, wherever its value was written. */
  public ConfigException(String key, String message) {
    this(List.of(Problem.of(key, message)));
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
