package io.robusttrain.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.run.JsonLines;
import io.robusttrain.run.RunDirectoryException;
import io.robusttrain.storage.AppendRecovery;
import io.robusttrain.storage.Storage;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code metrics.jsonl}: one JSON object a step, epoch or alarm, appended and flushed line by line.
 * On a file system that cannot append (object stores), or no longer can, the file is rewritten
 * whole at every epoch, every {@link #sync} and on closing. Not thread-safe.
 */
public final class MetricsLog implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsLog.class);

  private final FileSystem fs;
  private final Path path;
  private final List<String> unappended = new ArrayList<>();

  /** Null where lines are rewritten. */
  private FSDataOutputStream appender;

  /** Lines of the file that are known to be whole. */
  private int appended;

  private MetricsLog(FileSystem fs, Path path, List<String> lines) throws IOException {
    this.fs = fs;
    this.path = path;
    this.appended = lines.size();
    if (fs.hasPathCapability(path, CommonPathCapabilities.FS_APPEND)) {
      appender = fs.append(path);
    } else {
      unappended.addAll(lines);
    }
  }

  /** Everything in a metrics file, in its order. */
  public record Content(List<StepMetrics> steps, List<EpochMetrics> epochs, List<Alarm> alarms) {
    public Content {
      steps = List.copyOf(steps);
      epochs = List.copyOf(epochs);
      alarms = List.copyOf(alarms);
    }
  }

  /**
   * Opens for appending, at the point where a run goes on. Lines of steps from {@code firstStep} on
   * and of epochs from {@code firstEpoch} on, left by work that is now done again, are dropped; so
   * is a last line that a crash cut short. Alarms that will not be found again stay: {@linkplain
   * Alarm#lasting incidents}, and those that led to the last one for which the run went back.
   *
   * @param firstStep the step about to be done
   * @param firstPause the step whose pause is the first to come: probes and validations are then
   * @param firstEpoch the first epoch whose end is still to come
   * @throws RunDirectoryException if an earlier line is not JSON
   */
  public static MetricsLog open(
      FileSystem fs, Path path, long firstStep, long firstPause, int firstEpoch)
      throws IOException {
    AppendRecovery.takeOver(fs, path);
    List<String> lines = lines(fs, path);
    List<JsonNode> nodes = new ArrayList<>();
    int reasons = 0;
    for (int i = 0; i < lines.size(); i++) {
      nodes.add(parse(lines, i, path));
      if (isAlarm(nodes.get(i)) && Alarm.fromJson(nodes.get(i)).goesBack()) {
        reasons = i + 1;
      }
    }
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      JsonNode line = nodes.get(i);
      boolean stays =
          isAlarm(line)
              ? i < reasons
                  || Alarm.fromJson(line).lasting()
                  || line.path("step").asLong()
                      < (Alarm.fromJson(line).foundAtPause() ? firstPause : firstStep)
              : line.has("step")
                  ? line.path("step").asLong() < firstStep
                  : line.path("epoch").asInt() < firstEpoch;
      if (stays) {
        kept.add(lines.get(i));
      }
    }
    rewrite(fs, path, kept);
    return new MetricsLog(fs, path, kept);
  }

  private static boolean isAlarm(JsonNode line) {
    return line.path("kind").asText().equals(Alarm.KIND);
  }

  /** Reads a metrics file; one that is not there has no lines. */
  public static Content read(FileSystem fs, Path path) throws IOException {
    List<StepMetrics> steps = new ArrayList<>();
    List<EpochMetrics> epochs = new ArrayList<>();
    List<Alarm> alarms = new ArrayList<>();
    List<String> lines = lines(fs, path);
    for (int i = 0; i < lines.size(); i++) {
      JsonNode node = parse(lines, i, path);
      switch (node.path("kind").asText()) {
        case StepMetrics.KIND -> steps.add(StepMetrics.fromJson(node));
        case EpochMetrics.KIND -> epochs.add(EpochMetrics.fromJson(node));
        case Alarm.KIND -> alarms.add(Alarm.fromJson(node));
        default ->
            throw new RunDirectoryException(
                "%s, line %d: unknown kind %s. Read it with the version that wrote it."
                    .formatted(path, i + 1, node.path("kind")));
      }
    }
    return new Content(steps, epochs, alarms);
  }

  /** Appends the line of a step. */
  public void step(StepMetrics metrics) throws IOException {
    append(metrics.toJson());
  }

  /** Appends the line of an epoch. */
  public void epoch(EpochMetrics metrics) throws IOException {
    append(metrics.toJson());
    if (appender == null) {
      rewriteIfPossible();
    }
  }

  /**
   * Returns when every line so far survives the loss of this process and of its machine.
   *
   * @throws IOException if that cannot be had; the lines are kept and written by a later call
   */
  public void sync() throws IOException {
    if (appender != null) {
      try {
        appender.hsync();
        return;
      } catch (IOException | FSError failed) {
        stopAppending(failed);
      }
    }
    rewrite(fs, path, unappended);
  }

  /** Appends the line of an alarm. */
  public void alarm(Alarm alarm) throws IOException {
    append(alarm.toJson());
  }

  @Override
  public void close() throws IOException {
    if (appender == null) {
      rewrite(fs, path, unappended);
    } else {
      appender.close();
    }
  }

  private void append(ObjectNode node) throws IOException {
    if (appender == null) {
      unappended.add(node.toString());
      return;
    }
    try {
      appender.write((node + "\n").getBytes(StandardCharsets.UTF_8));
      appender.hflush();
      appended++;
    } catch (IOException | FSError failed) {
      stopAppending(failed);
      unappended.add(node.toString());
    }
  }

  /** A line may be torn now, as on a full disk: from here on the file is rewritten whole. */
  private void stopAppending(Throwable failed) throws IOException {
    LOG.warn(
        "{} cannot be appended to ({}); it is rewritten at every checkpoint and epoch instead.",
        path,
        failed.getMessage());
    try {
      appender.close();
    } catch (IOException | FSError again) {
      LOG.debug("nor closed", again);
    }
    // Read before appending is given up: a rewrite without these lines would lose them.
    List<String> whole = lines(fs, path);
    appender = null;
    unappended.addAll(whole.subList(0, Math.min(appended, whole.size())));
  }

  private void rewriteIfPossible() {
    try {
      rewrite(fs, path, unappended);
    } catch (IOException failed) {
      LOG.warn(
          "{} cannot be rewritten ({}); its lines are kept until it can.",
          path,
          failed.getMessage());
    }
  }

  /** Complete lines only: what follows the last line end was cut short by a crash. */
  private static List<String> lines(FileSystem fs, Path path) throws IOException {
    String text;
    try (InputStream in = fs.open(path)) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (FileNotFoundException e) {
      return List.of();
    }
    int end = text.lastIndexOf('\n') + 1;
    if (end < text.length()) {
      LOG.warn("{} ends in an incomplete line, which is ignored.", path);
    }
    return text.substring(0, end).lines().toList();
  }

  private static JsonNode parse(List<String> lines, int index, Path path) throws IOException {
    return JsonLines.parse(lines.get(index), path + ", line " + (index + 1));
  }

  private static void rewrite(FileSystem fs, Path path, List<String> lines) throws IOException {
    try {
      Storage.replace(
          fs,
          path,
          out -> {
            for (String line : lines) {
              out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            }
          });
    } catch (FSError failed) {
      // So Hadoop's local file system tells of a full disk.
      throw new IOException(path + " cannot be written: " + failed.getMessage(), failed);
    }
  }
}
