package io.robusttrain.app.train;

import io.robusttrain.app.ExitCode;
import io.robusttrain.app.cli.Usage;
import io.robusttrain.config.read.ConfigRenderer;
import io.robusttrain.report.view.HtmlReport;
import io.robusttrain.report.view.RunFolder;
import io.robusttrain.report.view.RunView;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustTrain report}: pages of runs that are there. */
@Command(
    name = "report",
    description =
        "Renders report.html again; of several runs, one page with all of them side by side.",
    mixinStandardHelpOptions = true,
    usageHelpWidth = 100,
    footerHeading = "%n",
    footer = {
      "Examples",
      "  RobustTrain report runs/light",
      "  RobustTrain report runs/light runs/canonical --output compared.html",
      "Nothing is computed; a run that is still going on may be looked at, too."
    })
final class TrainReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  private final Supplier<Configuration> hadoop;

  @Parameters(arity = "1..*", paramLabel = "RUN", description = "Run directories.")
  private List<String> runs;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "The page (default, of one run: its report.html).")
  private String output;

  /**
   * A command; nothing is read yet.
   *
   * @param hadoop the settings that name the file systems
   */
  TrainReportCommand(Supplier<Configuration> hadoop) {
    this.hadoop = hadoop;
  }

  @Override
  public Integer call() throws IOException {
    if (runs.size() > 1 && output == null) {
      throw Usage.wrong(spec, "Where to? Name the page of several runs with --output FILE.");
    }
    Configuration settings = hadoop.get();
    String defaults = ConfigRenderer.renderDefaults();
    List<RunFolder> folders = new ArrayList<>();
    for (String run : runs) {
      folders.add(RunFolder.of(new Path(run), settings));
    }
    List<RunView> views = new ArrayList<>();
    for (RunFolder folder : folders) {
      views.add(folder.view(defaults));
    }
    String title = views.size() == 1 ? views.get(0).name() : "%d runs".formatted(views.size());
    String html = new HtmlReport(title, HtmlReport.distinct(views)).render();
    Path page = page(folders.get(0), html, settings);
    spec.commandLine().getOut().printf("report     %s%n", page);
    return ExitCode.DONE.number();
  }

  private Path page(RunFolder first, String html, Configuration settings) throws IOException {
    if (output == null) {
      return first.writeReport(html);
    }
    Path file = new Path(output);
    Storage.replace(
        Storage.fileSystem(file, settings),
        file,
        out -> out.write(html.getBytes(StandardCharsets.UTF_8)));
    return file;
  }
}
