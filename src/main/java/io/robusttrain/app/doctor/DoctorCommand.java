package io.robusttrain.app.doctor;

import io.robusttrain.app.ErrorReport;
import io.robusttrain.app.ExitCode;
import io.robusttrain.app.Version;
import io.robusttrain.app.cli.CommandLines;
import io.robusttrain.app.cli.ConfigOptions;
import io.robusttrain.app.cli.JsonOutput;
import io.robusttrain.config.RunConfig;
import io.robusttrain.doctor.DoctorJson;
import io.robusttrain.doctor.DoctorReport;
import io.robusttrain.doctor.DoctorText;
import java.util.concurrent.Callable;
import org.apache.spark.SparkConf;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code RobustDoctor}: reads the command line, hands it to a {@link DoctorLauncher}, prints. */
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
  private final DoctorLauncher launcher;

  @Spec private CommandSpec spec;

  @Mixin private ConfigOptions options;

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

  private DoctorCommand(DoctorLauncher launcher) {
    this.launcher = launcher;
  }

  /** Runs a command line and returns the process's exit code. */
  public static int execute(String... args) {
    return commandLine(new DoctorLauncher(new SparkConf())).execute(args);
  }

  static CommandLine commandLine(DoctorLauncher launcher) {
    return CommandLines.of(new DoctorCommand(launcher), ErrorReport.ofRuns());
  }

  @Override
  public Integer call() throws Exception {
    JsonOutput.requireWritable(json);
    options.override("run.dir", runDirectories);
    options.override("data.path", data);
    RunConfig config = options.load();
    boolean run =
        options.hasFiles()
            || options.overrides().stream().anyMatch(each -> each.startsWith("data.path="));
    DoctorReport report =
        launcher.run(config, run ? DoctorLauncher.Scope.RUN : DoctorLauncher.Scope.CLUSTER);
    JsonOutput.print(
        json, DoctorJson.of(report), DoctorText.whole(report), spec.commandLine().getOut());
    return (report.failed() ? ExitCode.USAGE : ExitCode.DONE).number();
  }
}
