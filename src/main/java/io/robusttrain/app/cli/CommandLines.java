package io.robusttrain.app.cli;

import io.robusttrain.app.ErrorReport;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/**
 * The way in which every command and subcommand runs: a failure becomes one message on the error
 * stream and the exit code that belongs to it; nothing is thrown.
 */
public final class CommandLines {
  private CommandLines() {}

  /**
   * The command line of a command.
   *
   * @param command annotated for picocli; it or its parent has a {@link DebugOption}
   * @param errors maps the failures of the command and of its subcommands
   */
  public static CommandLine of(Object command, ErrorReport errors) {
    return new CommandLine(command)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(parsed -> execute(parsed, errors));
  }

  private static int execute(ParseResult parsed, ErrorReport errors) {
    try {
      return new RunLast().execute(parsed);
    } catch (ParameterException wrong) {
      throw wrong;
    } catch (ExecutionException failed) {
      return report(failed.getCause() == null ? failed : failed.getCause(), parsed, errors);
    } catch (LinkageError | OutOfMemoryError failed) {
      return report(failed, parsed, errors);
    }
  }

  private static int report(Throwable failure, ParseResult parsed, ErrorReport errors) {
    if (failure instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    CommandLine last = parsed.asCommandLineList().get(parsed.asCommandLineList().size() - 1);
    return errors.print(failure, DebugOption.of(last), last.getErr()).number();
  }
}
