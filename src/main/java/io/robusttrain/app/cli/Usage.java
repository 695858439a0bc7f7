package io.robusttrain.app.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What several commands refuse in a command line. */
public final class Usage {
  private Usage() {}

  /** A wrong command line; the command's usage is printed below the message. */
  public static ParameterException wrong(CommandSpec spec, String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /**
   * Refuses a number that is too small.
   *
   * @param value null if the option was not given
   */
  public static void atLeast(CommandSpec spec, String option, Integer value, int least) {
    if (value != null && value < least) {
      throw wrong(spec, "%s must be at least %d, not %d".formatted(option, least, value));
    }
  }
}
