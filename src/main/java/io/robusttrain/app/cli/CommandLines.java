package io.robusttrain.app.cli;

import io.robusttrain.app.ErrorReport;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/**
 * The way in which every command and subcommand runs: a failure becomes one message on the error
 * stream and the exit code that belongs to it; nothing is thrown. What a command printed is flushed
 * when it ends.
 */
public final class CommandLines {
  private CommandLines() {}

  /**
   * The command line of a command.
   *
   * @param command annotated for picocli; gets a {@link DebugOption} if it has none of its own
   * @param errors maps the failures of the command and of its subcommands
   * @param subcommands beside those that its annotation names
   */
  public static CommandLine of(Object command, ErrorReport errors, Object... subcommands) {
    CommandLine line = new CommandLine(command);
    DebugOption.addTo(line);
    List.of(subcommands).forEach(line::addSubcommand);
    return line.setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(parsed -> execute(parsed, errors));
  }

  private static int execute(ParseResult parsed, ErrorReport errors) {
    List<CommandLine> lines = parsed.asCommandLineList();
    CommandLine last = lines.get(lines.size() - 1);
    try {
      return new RunLast().execute(parsed);
    } catch (ParameterException wrong) {
      throw wrong;
    } catch (ExecutionException failed) {
      return report(failed.getCause() == null ? failed : failed.getCause(), last, errors);
    } catch (LinkageError | OutOfMemoryError failed) {
      return report(failed, last, errors);
    } finally {
      last.getOut().flush();
    }
  }

  private static int report(Throwable failure, CommandLine last, ErrorReport errors) {
    if (failure instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    return errors.print(failure, DebugOption.of(last), last.getErr()).number();
  }
}
