package io.robusttrain.app.prep;

import io.robusttrain.app.ErrorReport;
import io.robusttrain.app.Version;
import io.robusttrain.app.cli.ByteSize;
import io.robusttrain.app.cli.CommandLines;
import io.robusttrain.app.cli.Usage;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code RobustPrep}: one subcommand for each kind of source. */
@Command(
    name = "RobustPrep",
    description =
        "Prepares image data sets as Parquet shards with a dataset.json; verifies them; previews"
            + " augmentation.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {"", "Exit codes: 0 done, 2 wrong usage, 3 bad data, 1 anything else."},
    subcommands = {
      PrepSyntheticCommand.class,
      PrepFolderCommand.class,
      PrepImageNetCommand.class,
      PrepCifarCommand.class,
      PrepHuggingFaceCommand.class,
      PrepPreviewCommand.class,
      PrepVerifyCommand.class
    })
public final class PrepCommand implements Runnable {
  @Spec private CommandSpec spec;

  private PrepCommand() {}

  /** Runs a command line and returns the process's exit code. */
  public static int execute(String... args) {
    return commandLine().execute(args);
  }

  static int execute(PrintWriter out, PrintWriter err, String... args) {
    return commandLine().setOut(out).setErr(err).execute(args);
  }

  private static CommandLine commandLine() {
    return CommandLines.of(new PrepCommand(), ErrorReport.standard())
        .registerConverter(ByteSize.class, ByteSize::parse);
  }

  @Override
  public void run() {
    throw Usage.wrong(spec, "name a subcommand: a kind of source, or preview");
  }
}
