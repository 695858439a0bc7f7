package io.robusttrain.app;

import io.robusttrain.data.DataException;
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
    description = "Prepares image data sets as Parquet shards with a dataset.json.",
    mixinStandardHelpOptions = true,
    version = "RobustPrep 0.1.0",
    footer = {"", "Exit codes: 0 done, 2 wrong usage, 3 bad data, 1 anything else."},
    subcommands = {
      PrepSyntheticCommand.class,
      PrepFolderCommand.class,
      PrepImageNetCommand.class,
      PrepCifarCommand.class,
      PrepHuggingFaceCommand.class
    })
public final class PrepCommand implements Runnable {
  private static final int WRONG_USAGE = 2;
  private static final int BAD_DATA = 3;
  private static final int FAILED = 1;

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
    line.setOut(out);
    line.setErr(err);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.registerConverter(ByteSize.class, ByteSize::parse);
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (prep.debug) {
            failure.printStackTrace(command.getErr());
          }
          command.getErr().println("error: " + text(failure));
          return code(failure);
        });
    return line.execute(args);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a kind of source");
  }

  private static String text(Exception failure) {
    String message = failure.getMessage();
    boolean expected =
        failure instanceof DataException || failure instanceof IllegalArgumentException;
    if (message == null) {
      return failure.getClass().getSimpleName() + " (see it with --debug)";
    }
    return expected ? message : failure.getClass().getSimpleName() + ": " + message;
  }

  private static int code(Exception failure) {
    if (failure instanceof DataException) {
      return BAD_DATA;
    }
    return failure instanceof IllegalArgumentException ? WRONG_USAGE : FAILED;
  }
}
