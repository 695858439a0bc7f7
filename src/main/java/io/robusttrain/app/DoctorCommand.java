package io.robusttrain.app;

import io.robusttrain.config.ConfigLoader;
import io.robusttrain.config.RunConfig;
import io.robusttrain.doctor.DoctorJson;
import io.robusttrain.doctor.DoctorReport;
import io.robusttrain.doctor.DoctorText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustDoctor}: reads the command line, hands it to a {@link DoctorRunner}, prints. */
@Command(
    name = "RobustDoctor",
    description = "Looks at driver and executors for what would make a training fail or slow.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpWidth = 100,
    footerHeading = "%n",
    footer = {
      "With a configuration the run's data, memory and exchange are looked at, too.",
      "",
      "Examples",
      "  ./spark-submit/local.sh RobustDoctor",
      "  ./spark-submit/standalone.sh --workers 2 RobustDoctor --run-dir hdfs:///runs",
      "  ./spark-submit/local.sh RobustDoctor --config conf/quickstart.conf --json doctor.json",
      "",
      "Exit codes: 0 a training would start (there may be warnings), 2 it would fail, or wrong usage,",
      "1 anything else."
    })
public final class DoctorCommand implements Callable<Integer> {
  private static final String STANDARD_OUTPUT = "-";

  private final DoctorRunner runner;
  private final ErrorReport errors;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "HOCON file of the run; may be repeated, a later one overrides an earlier one.")
  private List<Path> files = new ArrayList<>();

  @Parameters(paramLabel = "key=value", description = "Overrides a key of the files.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--run-dir",
      paramLabel = "PATH",
      description = "Folder of the run directories; short for run.dir=PATH.")
  private String runDirectories;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "The images; short for data.path=PATH.")
  private String data;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write the report as one JSON object; - prints it instead of the text.")
  private String json;

  @Mixin private DebugOption debug;

  private DoctorCommand(DoctorRunner runner, ErrorReport errors) {
    this.runner = runner;
    this.errors = errors;
  }

  /**
   * Runs a command line. Failures are printed, not thrown.
   *
   * @param launcher does the work
   * @param errors maps its failures
   * @param args the arguments
   * @return the process's exit status
   */
  public static int execute(DoctorLauncher launcher, ErrorReport errors, String... args) {
    return commandLine(launcher, errors).execute(args);
  }

  static CommandLine commandLine(DoctorRunner runner, ErrorReport errors) {
    return new CommandLine(new DoctorCommand(runner, errors));
  }

  @Override
  public Integer call() {
    try {
      if (json != null && !json.equals(STANDARD_OUTPUT)) {
        SpeedCommand.requireWritable(Path.of(json));
      }
      DoctorReport report = runner.run(request());
      print(report);
      return (report.failed() ? ExitCode.USAGE : ExitCode.DONE).number();
    } catch (Exception | LinkageError | OutOfMemoryError e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      return errors.print(e, debug.detail(), spec.commandLine().getErr()).number();
    }
  }

  private DoctorRequest request() {
    List<String> all = new ArrayList<>(overrides);
    if (runDirectories != null) {
      all.add("run.dir=" + runDirectories);
    }
    if (data != null) {
      all.add("data.path=" + data);
    }
    RunConfig config = ConfigLoader.load(files, all);
    boolean run = !files.isEmpty() || all.stream().anyMatch(each -> each.startsWith("data.path="));
    return new DoctorRequest(config, run ? DoctorRequest.Scope.RUN : DoctorRequest.Scope.CLUSTER);
  }

  private void print(DoctorReport report) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    String object = DoctorJson.of(report);
    if (STANDARD_OUTPUT.equals(json)) {
      out.println(object);
    } else {
      if (json != null) {
        Files.writeString(Path.of(json), object + System.lineSeparator());
      }
      out.print(DoctorText.whole(report));
    }
    out.flush();
  }
}
