package io.robusttrain.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.checkpoint.AppendRecovery;
import io.robusttrain.checkpoint.Storage;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code metrics.jsonl}: one JSON object a step, epoch or alarm, appended and flushed line by line.
 * On a file system that cannot append (object stores) the file is rewritten whole at every epoch
 * and on closing. Not thread-safe.
 */
public final class MetricsLog implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsLog.class);

  private final FileSystem fs;
  private final Path path;
  private final FSDataOutputStream appender;
  private final List<String> unappended = new ArrayList<>();

  private MetricsLog(FileSystem fs, Path path, List<String> lines) throws IOException {
    this.fs = fs;
    this.path = path;
    if (fs.hasPathCapability(path, CommonPathCapabilities.FS_APPEND)) {
      appender = fs.append(path);
    } else {
      appender = null;
      unappended.addAll(lines);
    }
  }

  /** Everything in a metrics file, in its order. */
  public record Content(List<StepMetrics> steps, List<EpochMetrics> epochs, List<Alarm> alarms) {
    /** Copies. */
    public Content {
      steps = List.copyOf(steps);
      epochs = List.copyOf(epochs);
      alarms = List.copyOf(alarms);
    }

    /** Without alarms. */
    public Content(List<StepMetrics> steps, List<EpochMetrics> epochs) {
      this(steps, epochs, List.of());
    }
  }

  /** What is kept of epochs that are done again. */
  public enum Again {
    /** Nothing: whatever was found will be found again. */
    NOTHING,
    /** The alarms, for they are why. */
    ALARMS
  }

  /**
   * Opens for appending. Lines of epochs from {@code firstEpoch} on, left by work that is now done
   * again, are dropped; so is a last line that a crash cut short.
   *
   * @param firstEpoch the epoch about to start
   * @param again what of the dropped epochs stays
   * @throws RunDirectoryException if an earlier line is not JSON
   */
  public static MetricsLog open(FileSystem fs, Path path, int firstEpoch, Again again)
      throws IOException {
    AppendRecovery.takeOver(fs, path);
    List<String> kept = new ArrayList<>();
    List<String> lines = lines(fs, path);
    for (int i = 0; i < lines.size(); i++) {
      JsonNode line = parse(lines, i, path);
      boolean reason = again == Again.ALARMS && line.path("kind").asText().equals(Alarm.KIND);
      if (reason || line.path("epoch").asInt() < firstEpoch) {
        kept.add(lines.get(i));
      }
    }
    rewrite(fs, path, kept);
    return new MetricsLog(fs, path, kept);
  }

  /** As above; nothing of epochs that are done again is kept, and 0 drops everything. */
  public static MetricsLog open(FileSystem fs, Path path, int firstEpoch) throws IOException {
    return open(fs, path, firstEpoch, Again.NOTHING);
  }

  /** Reads a metrics file; an absent one is empty. */
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

  /** Appends a step. */
  public void step(StepMetrics metrics) throws IOException {
    append(metrics.toJson());
  }

  /** Appends an epoch. */
  public void epoch(EpochMetrics metrics) throws IOException {
    append(metrics.toJson());
    if (appender == null) {
      rewrite(fs, path, unappended);
    }
  }

  /** Appends an alarm. */
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
    } else {
      appender.write((node + "\n").getBytes(StandardCharsets.UTF_8));
      appender.hflush();
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
    Storage.replace(
        fs,
        path,
        out -> {
          for (String line : lines) {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
          }
        });
  }
}
