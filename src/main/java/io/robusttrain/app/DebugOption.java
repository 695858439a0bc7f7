package io.robusttrain.app;

import java.util.List;
import picocli.CommandLine.Option;

/** The option that adds a stack trace to an error. */
final class DebugOption {
  private static final String NAME = "--debug";

  @Option(names = NAME, description = "Print the stack trace of an error.")
  private boolean debug;

  /** The option as arguments of another process: itself, or nothing. */
  List<String> arguments() {
    return debug ? List.of(NAME) : List.of();
  }

  /** How much of an error is printed. */
  ErrorReport.Detail detail() {
    return debug ? ErrorReport.Detail.STACK_TRACE : ErrorReport.Detail.MESSAGE;
  }
}
