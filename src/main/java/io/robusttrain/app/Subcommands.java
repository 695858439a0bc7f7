package io.robusttrain.app;

import java.io.PrintWriter;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;

/** Runs a command line whose work is done by subcommands. */
final class Subcommands {
  private Subcommands() {}

  /**
   * Runs the command line; failures are printed, not thrown.
   *
   * @param line of the command
   * @param errors maps the subcommands' failures
   * @param debug whether stack traces are printed; asked after parsing
   * @return the process's exit code
   */
  static int execute(
      CommandLine line,
      PrintWriter out,
      PrintWriter err,
      ErrorReport errors,
      BooleanSupplier debug,
      String... args) {
    line.setOut(out);
    line.setErr(err);
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          ErrorReport.Detail detail =
              debug.getAsBoolean() ? ErrorReport.Detail.STACK_TRACE : ErrorReport.Detail.MESSAGE;
          return errors.print(failure, detail, command.getErr()).number();
        });
    return line.execute(args);
  }
}
