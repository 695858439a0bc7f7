package io.robusttrain.app;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
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

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean debug;

  private PrepCommand() {}

  /** Runs a command line and returns the process's exit code. */
  public static int execute(String... args) {
    return execute(
        new PrintWriter(System.out, true, Charset.defaultCharset()),
        new PrintWriter(System.err, true, Charset.defaultCharset()),
        args);
  }

  static int execute(PrintWriter out, PrintWriter err, String... args) {
    PrepCommand prep = new PrepCommand();
    CommandLine line = new CommandLine(prep);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.registerConverter(ByteSize.class, ByteSize::parse);
    return Subcommands.execute(line, out, err, ErrorReport.standard(), () -> prep.debug, args);
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name a subcommand: a kind of source, or preview");
  }
}
