package io.robusttrain.app;

import io.robusttrain.checkpoint.CheckpointException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code RobustInspect}: one subcommand for each thing that can be looked at. */
@Command(
    name = "RobustInspect",
    description = "Shows models and checkpoints, and exports weights.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {
      "",
      "Exit codes: 0 done, 2 wrong usage, 3 a damaged or unknown file, 1 anything else."
    },
    subcommands = {
      InspectModelsCommand.class,
      InspectModelCommand.class,
      InspectCheckpointCommand.class,
      InspectExportCommand.class
    })
public final class InspectCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean debug;

  private InspectCommand() {}

  /** Runs a command line and returns the process's exit code. */
  public static int execute(String... args) {
    return execute(
        new PrintWriter(System.out, true, Charset.defaultCharset()),
        new PrintWriter(System.err, true, Charset.defaultCharset()),
        args);
  }

  static int execute(PrintWriter out, PrintWriter err, String... args) {
    InspectCommand inspect = new InspectCommand();
    CommandLine line = new CommandLine(inspect);
    line.setOut(out);
    line.setErr(err);
    line.setExecutionExceptionHandler(
        (failure, command, parsed) ->
            errors().print(failure, inspect.detail(), command.getErr()).number());
    return line.execute(args);
  }

  private static ErrorReport errors() {
    return ErrorReport.standard().with(CheckpointException.class, ExitCode.BAD_DATA);
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name what to inspect: models, model, checkpoint or export");
  }

  private ErrorReport.Detail detail() {
    return debug ? ErrorReport.Detail.STACK_TRACE : ErrorReport.Detail.MESSAGE;
  }
}
