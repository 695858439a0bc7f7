package io.robusttrain.app.inspect;

import io.robusttrain.app.ErrorReport;
import io.robusttrain.app.ExitCode;
import io.robusttrain.app.Version;
import io.robusttrain.app.cli.CommandLines;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
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
      InspectExportCommand.class,
      InspectRobustBenchCommand.class
    })
public final class InspectCommand implements Runnable {
  @Spec private CommandSpec spec;

  private InspectCommand() {}

  /** Runs a command line and returns the process's exit code. */
  public static int execute(String... args) {
    return commandLine().execute(args);
  }

  static int execute(PrintWriter out, PrintWriter err, String... args) {
    return commandLine().setOut(out).setErr(err).execute(args);
  }

  private static CommandLine commandLine() {
    return CommandLines.of(
        new InspectCommand(),
        ErrorReport.standard().with(CheckpointException.class, ExitCode.BAD_DATA));
  }

  @Override
  public void run() {
    throw Usage.wrong(
        spec, "name what to inspect: models, model, checkpoint, export or robustbench");
  }
}
