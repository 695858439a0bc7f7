package io.robusttrain.app;

import picocli.CommandLine.Option;

/** The option that adds a stack trace to an error. */
final class DebugOption {
  @Option(names = "--debug", description = "Print the stack trace of an error.")
  private boolean debug;

  /** How much of an error is printed. */
  ErrorReport.Detail detail() {
    return debug ? ErrorReport.Detail.STACK_TRACE : ErrorReport.Detail.MESSAGE;
  }
}
