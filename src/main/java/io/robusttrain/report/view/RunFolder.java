package io.robusttrain.report.view;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import io.robusttrain.checkpoint.card.ModelFile;
import io.robusttrain.checkpoint.card.Scores;
import io.robusttrain.checkpoint.card.WeightsKind;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.report.ResultTable;
import io.robusttrain.run.RunDirectory;
import io.robusttrain.run.RunDirectoryException;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The run directory of a run that ended, or goes on: read only. */
public final class RunFolder {
  private final FileSystem fs;
  private final Path run;

  private RunFolder(FileSystem fs, Path run) {
    this.fs = fs;
    this.run = run;
  }

  /**
   * The directory of a run.
   *
   * @throws RunDirectoryException if there is no run
   */
  public static RunFolder of(Path run, Configuration hadoop) throws IOException {
    FileSystem fs = Storage.fileSystem(run, hadoop);
    if (!Storage.exists(fs, RunDirectory.config(run))) {
      throw new RunDirectoryException(
          "There is no run at %s: it has no config.conf. Name the directory of a run, such as runs/ID."
              .formatted(run));
    }
    return new RunFolder(fs, fs.makeQualified(run));
  }

  /** The directory with the scheme and host of its file system. */
  public Path path() {
    return run;
  }

  /** Replaces the page of the run, whole or not at all; the answer is its file. */
  public Path writeReport(String html) throws IOException {
    Path page = RunDirectory.report(run);
    Storage.replace(fs, page, out -> out.write(html.getBytes(StandardCharsets.UTF_8)));
    return page;
  }

  /**
   * Everything that a page shows of the run.
   *
   * @param defaults the configuration that nobody has changed, as text
   */
  public RunView view(String defaults) throws IOException {
    MetricsLog.Content content = MetricsLog.read(fs, RunDirectory.metrics(run));
    return new RunView(
        run.getName(),
        results(content, best(), run),
        content,
        text(RunDirectory.config(run)),
        defaults,
        provenance(),
        look(fs, run));
  }

  /**
   * The results of a run.
   *
   * @param best scores of the best model, if there is one
   * @param run the run directory
   */
  public static ResultTable results(MetricsLog.Content content, Optional<Scores> best, Path run) {
    return new ResultTable(
        content.epochs(),
        best.map(found -> OptionalInt.of(found.epoch())).orElse(OptionalInt.empty()),
        best.map(Scores::weights).orElse(WeightsKind.RAW),
        RunDirectory.best(run),
        run,
        content.alarms());
  }

  private Optional<Scores> best() throws IOException {
    if (!Storage.exists(fs, RunDirectory.best(run))) {
      return Optional.empty();
    }
    try (ModelFile file = ModelFile.open(fs, RunDirectory.best(run))) {
      return file.card().scores();
    }
  }

  /** Of the newest start. */
  private SortedMap<String, String> provenance() throws IOException {
    Path manifest = RunDirectory.manifest(run);
    if (!Storage.exists(fs, manifest)) {
      return new TreeMap<>();
    }
    JsonNode starts = Json.parse(text(manifest), manifest.toString()).path("starts");
    return starts.isEmpty()
        ? new TreeMap<>()
        : Json.strings(starts.get(starts.size() - 1), manifest.toString());
  }

  /** What the best model makes of the validation split, if that was written down. */
  public static Optional<RunLook> look(FileSystem fs, Path run) throws IOException {
    Path file = RunDirectory.look(run);
    return Storage.exists(fs, file)
        ? Optional.of(RunLook.fromJson(Json.parse(text(fs, file), file.toString())))
        : Optional.empty();
  }

  private String text(Path file) throws IOException {
    return text(fs, file);
  }

  private static String text(FileSystem fs, Path file) throws IOException {
    return new String(Storage.bytes(fs, file), StandardCharsets.UTF_8);
  }
}
