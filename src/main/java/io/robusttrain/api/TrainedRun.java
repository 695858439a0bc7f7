package io.robusttrain.api;

import io.robusttrain.report.Alarm;
import io.robusttrain.report.EpochMetrics;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.StepMetrics;
import io.robusttrain.report.view.HtmlReport;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A run that was trained: its metrics, its best model, its page. Everything is read from the run
 * directory when it is asked for. Immutable and thread-safe.
 *
 * <pre>{@code
 * TrainedRun run = TrainedRun.open("runs/my-run");
 * double best = Arrays.stream(run.metrics().numbers("fgsm_accuracy")).max().getAsDouble();
 * }</pre>
 */
public final class TrainedRun {
  private final Path path;
  private final Configuration hadoop;
  private final boolean finished;

  private TrainedRun(Path path, Configuration hadoop, boolean finished) {
    this.path = path;
    this.hadoop = hadoop;
    this.finished = finished;
  }

  static TrainedRun of(Path path, Configuration hadoop, boolean finished) {
    return new TrainedRun(path, hadoop, finished);
  }

  /**
   * Takes up a run directory; nothing is read yet.
   *
   * @param path of the directory
   * @throws RobustTrainException if there is none
   */
  public static TrainedRun open(String path) {
    return Failures.readable(
        () -> {
          Path run = new Path(path);
          Configuration hadoop = Place.hadoop();
          if (!Storage.exists(fs(run, hadoop), RunDirectory.metrics(run))
              && !Storage.exists(fs(run, hadoop), RunDirectory.metricsParts(run))) {
            throw new RobustTrainException(
                "%s holds no run; name a directory below run.dir that a training has made"
                    .formatted(path));
          }
          return new TrainedRun(
              run, hadoop, Storage.exists(fs(run, hadoop), RunDirectory.report(run)));
        });
  }

  /** The name of the run, by which it is gone on with: {@code run.id}. */
  public String id() {
    return path.getName();
  }

  /** The run directory. */
  public String path() {
    return path.toString();
  }

  /** Whether the run has come to its end; if not, running the same id again goes on with it. */
  public boolean finished() {
    return finished;
  }

  /**
   * A row an epoch: {@code epoch} (counted from 1), {@code train_loss}, {@code clean_accuracy} and
   * {@code fgsm_accuracy} of the validation split as fractions (NaN where the epoch was not
   * validated), {@code seconds}.
   */
  public Table metrics() {
    return new Table(
        List.of("epoch", "train_loss", "clean_accuracy", "fgsm_accuracy", "seconds"),
        content().epochs().stream().map(TrainedRun::row).toList());
  }

  private static List<Object> row(EpochMetrics epoch) {
    return List.of(
        epoch.epoch() + 1, epoch.trainLoss(), epoch.cleanTop1(), epoch.fgsmTop1(), epoch.seconds());
  }

  /**
   * A row a step, of runs of more than 4,000 at most 4,501 of them, the peaks among them: {@code
   * epoch} and {@code step} (counted from 1), {@code loss}, {@code radius} of the attack, {@code
   * learning_rate}, {@code gradient_norm}, {@code images_per_second}.
   */
  public Table steps() {
    return new Table(
        List.of(
            "epoch",
            "step",
            "loss",
            "radius",
            "learning_rate",
            "gradient_norm",
            "images_per_second"),
        content().steps().stream().map(TrainedRun::row).toList());
  }

  private static List<Object> row(StepMetrics step) {
    return List.of(
        step.epoch() + 1,
        step.step() + 1,
        step.loss(),
        step.eps(),
        step.lr(),
        step.gradNorm(),
        step.imagesPerSecond());
  }

  /** What guards found: {@code step} (counted from 1), {@code title}, {@code message}. */
  public Table alarms() {
    return new Table(
        List.of("step", "title", "message"),
        content().alarms().stream().map(TrainedRun::row).toList());
  }

  private static List<Object> row(Alarm alarm) {
    return List.of(alarm.step() + 1, alarm.title(), alarm.message());
  }

  /** The file of the best model: {@code best/model.safetensors} in the run directory. */
  public String bestPath() {
    return RunDirectory.best(path).toString();
  }

  /**
   * The best model, loaded; the caller closes it.
   *
   * @throws RobustTrainException if no epoch was validated yet
   */
  public Model best() {
    return Model.load(bestPath());
  }

  /** The file of the page that shows the whole run. */
  public String pagePath() {
    return RunDirectory.report(path).toString();
  }

  /**
   * The page that shows the whole run, as HTML.
   *
   * @throws RobustTrainException if there is none, for the run is not finished or {@code
   *     report.html} is off
   */
  public String page() {
    return Failures.readable(
        () -> {
          FileSystem fs = fs(path, hadoop);
          Path page = RunDirectory.report(path);
          if (!Storage.exists(fs, page)) {
            throw new RobustTrainException(
                "%s is not there: the run is not finished, or report.html is off".formatted(page));
          }
          return new String(Storage.bytes(fs, page), StandardCharsets.UTF_8);
        });
  }

  /** Curves and epochs as an HTML fragment, whatever the run has reached. */
  public String toHtml() {
    return Failures.readable(
        () -> {
          StringBuilder html = new StringBuilder("<div>");
          HtmlReport.charts(content()).forEach((title, png) -> html.append(Html.image(png, title)));
          return html.append(metrics().toHtml()).append("</div>").toString();
        });
  }

  /** The run directory and a line an epoch. */
  @Override
  public String toString() {
    return path + (finished ? "" : " (not finished)") + "\n" + metrics();
  }

  private MetricsLog.Content content() {
    return Failures.readable(() -> MetricsLog.read(fs(path, hadoop), RunDirectory.metrics(path)));
  }

  private static FileSystem fs(Path path, Configuration hadoop) throws IOException {
    return Storage.fileSystem(path, hadoop);
  }
}
