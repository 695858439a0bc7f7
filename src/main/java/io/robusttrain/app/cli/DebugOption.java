package io.robusttrain.app.cli;

import io.robusttrain.app.ErrorReport;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The option that adds a stack trace to an error; subcommands have it, too. */
public final class DebugOption {
  private static final String NAME = "--debug";

  @Option(
      names = NAME,
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean debug;

  /** The option as arguments of another process: itself, or nothing. */
  public List<String> arguments() {
    return debug ? List.of(NAME) : List.of();
  }

  /** Gives the option to a command that has none of its own. */
  static void addTo(CommandLine line) {
    if (line.getCommandSpec().findOption(NAME) == null) {
      line.addMixin("debug", new DebugOption());
    }
  }

  /** How much of an error is printed by a command line that was parsed. */
  public static ErrorReport.Detail of(CommandLine line) {
    boolean debug = line.getCommandSpec().findOption(NAME).getValue();
    return debug ? ErrorReport.Detail.STACK_TRACE : ErrorReport.Detail.MESSAGE;
  }
}
