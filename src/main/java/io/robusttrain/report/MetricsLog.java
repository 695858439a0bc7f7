package io.robusttrain.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.run.RunDirectoryException;
import io.robusttrain.storage.AppendRecovery;
import io.robusttrain.storage.CommitProtocol;
import io.robusttrain.storage.Fence;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * {@code metrics.jsonl}: one JSON object a step, epoch or alarm, appended and flushed line by line.
 * On a file system that cannot append (object stores), lines become visible at every epoch, every
 * {@link #sync} and on closing, in {@linkplain MetricsParts numbered parts}, which {@link #join}
 * makes one file. Lines are read one at a time, wherever they are: a log may have millions. Not
 * thread-safe.
 */
public final class MetricsLog implements Closeable {
  private final MetricsSink sink;

  private MetricsLog(MetricsSink sink) {
    this.sink = sink;
  }

  /**
   * What tables and plots need of a log, in its order.
   *
   * @param steps all of a run of up to 4,000; of a longer one up to 4,501, its peaks among them
   */
  public record Content(List<StepMetrics> steps, List<EpochMetrics> epochs, List<Alarm> alarms) {
    public Content {
      steps = List.copyOf(steps);
      epochs = List.copyOf(epochs);
      alarms = List.copyOf(alarms);
    }
  }

  /**
   * Opens for appending, at the point where a run goes on: other lines are dropped, and so is a
   * last line that a crash cut short. Reads the log once.
   *
   * @param fence asked before anything that is there is replaced
   * @param cut which lines stay
   * @param past told of every line that stays, in order
   * @throws RunDirectoryException if an earlier line is not JSON
   */
  public static MetricsLog open(
      FileSystem fs, Path path, Fence fence, MetricsCut cut, MetricsReader... past)
      throws IOException {
    AppendRecovery.takeOver(fs, path);
    MetricsParts log = MetricsParts.of(fs, path);
    MetricsCut.Kept kept;
    try (MetricsLines lines = log.lines()) {
      kept = cut.keep(lines, List.of(past));
    }
    // A file that may have to be rewritten from itself needs a rename that replaces, too.
    boolean appends =
        fs.hasPathCapability(path, CommonPathCapabilities.FS_APPEND)
            && CommitProtocol.of(fs) == CommitProtocol.RENAME;
    return new MetricsLog(
        appends ? AppendedLines.after(log, kept, fence) : PartedLines.after(log, kept, fence));
  }

  /**
   * Reads a log; one that is not there has no lines.
   *
   * @throws RunDirectoryException if a line is not JSON or of a later version
   */
  public static Content read(FileSystem fs, Path path) throws IOException {
    ThinnedSteps steps = new ThinnedSteps();
    List<EpochMetrics> epochs = new ArrayList<>();
    List<Alarm> alarms = new ArrayList<>();
    MetricsReader all =
        new MetricsReader() {
          @Override
          public void step(StepMetrics metrics) {
            steps.add(metrics);
          }

          @Override
          public void epoch(EpochMetrics metrics) {
            epochs.add(metrics);
          }

          @Override
          public void alarm(Alarm alarm) {
            alarms.add(alarm);
          }
        };
    try (MetricsLines lines = MetricsParts.of(fs, path).lines()) {
      while (lines.next()) {
        lines.tell(lines.parse(), List.of(all));
      }
    }
    return new Content(steps.list(), epochs, alarms);
  }

  /** Reads the alarms of a log and looks at nothing else. */
  public static List<Alarm> alarms(FileSystem fs, Path path) throws IOException {
    List<Alarm> alarms = new ArrayList<>();
    MetricsReader reader =
        new MetricsReader() {
          @Override
          public void alarm(Alarm alarm) {
            alarms.add(alarm);
          }
        };
    try (MetricsLines lines = MetricsParts.of(fs, path).lines()) {
      while (lines.next()) {
        if (!lines.isStep()) {
          lines.tell(lines.parse(), List.of(reader));
        }
      }
    }
    return alarms;
  }

  /**
   * Makes one file of a log that lies in parts, as people expect it; leaves any other as it is.
   *
   * @param fence asked before anything appears or goes
   */
  public static void join(FileSystem fs, Path path, Fence fence) throws IOException {
    MetricsParts log = MetricsParts.of(fs, path);
    if (log.areSplit()) {
      log.join(fence);
    }
  }

  /** Appends the line of a step. */
  public void step(StepMetrics metrics) throws IOException {
    add(metrics.toJson());
  }

  /** Appends the line of an epoch. */
  public void epoch(EpochMetrics metrics) throws IOException {
    add(metrics.toJson());
    sink.show();
  }

  /** Appends the line of an alarm. */
  public void alarm(Alarm alarm) throws IOException {
    add(alarm.toJson());
  }

  /**
   * Returns when every line so far survives the loss of this process and of its machine.
   *
   * @throws IOException if that cannot be had; the lines are kept and written by a later call
   */
  public void sync() throws IOException {
    sink.sync();
  }

  /** Lets readers see all lines so far, if that can be done now. */
  public void show() {
    sink.show();
  }

  /**
   * Holds lines until a later call has asked whether the run is still this process's.
   *
   * @param why that could not be asked
   */
  public void hold(IOException why) {
    sink.hold(why);
  }

  /** Why lines are held that should be written, if any are. */
  public Optional<Throwable> problem() {
    return sink.problem();
  }

  @Override
  public void close() throws IOException {
    sink.close();
  }

  private void add(ObjectNode node) throws IOException {
    sink.add((node + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
