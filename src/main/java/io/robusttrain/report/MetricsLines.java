package io.robusttrain.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.run.JsonLines;
import io.robusttrain.run.RunDirectoryException;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The complete lines of a log, one at a time; what follows the last line end was cut short by a
 * crash. Holds one line, however long the log is. Not thread-safe.
 */
final class MetricsLines implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsLines.class);
  private static final int BUFFER = 1 << 16;

  /** How the program has always begun the line of a step. */
  private static final String STEP_LINE = "{\"kind\":\"" + StepMetrics.KIND + "\",";

  private final InputStream in;
  private final Path path;
  private final byte[] buffer = new byte[BUFFER];
  private int next;
  private int filled;

  private String text = "";
  private long number;
  private long end;
  private long read;

  /**
   * Lines of a stream, which {@link #close} closes.
   *
   * @param path of the log, for messages
   */
  MetricsLines(InputStream in, Path path) {
    this.in = in;
    this.path = path;
  }

  /** Goes to the next line; false behind the last. */
  boolean next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    while (true) {
      if (next == filled) {
        next = 0;
        filled = in.read(buffer);
        if (filled < 0) {
          filled = 0;
          if (line.size() > 0) {
            LOG.warn("{} ends in an incomplete line, which is ignored.", path);
          }
          return false;
        }
        read += filled;
      }
      int from = next;
      while (next < filled && buffer[next] != '\n') {
        next++;
      }
      line.write(buffer, from, next - from);
      if (next < filled) {
        next++;
        text = line.toString(StandardCharsets.UTF_8);
        number++;
        end = read - filled + next;
        return true;
      }
    }
  }

  /** The line without its end. */
  String text() {
    return text;
  }

  /** Bytes of the log up to the end of this line, its line end included. */
  long end() {
    return end;
  }

  /** Bytes of the whole log, an incomplete line included, once there is no next line. */
  long size() {
    return read;
  }

  /** Whether the line tells of a step: surely if so, and probably not if not. */
  boolean isStep() {
    return text.startsWith(STEP_LINE);
  }

  /**
   * The line's object.
   *
   * @throws RunDirectoryException if it is none
   */
  JsonNode parse() throws IOException {
    return JsonLines.parse(text, path + ", line " + number);
  }

  /**
   * Tells readers of the line.
   *
   * @throws RunDirectoryException if it is of a later version
   */
  void tell(JsonNode line, Iterable<? extends MetricsReader> readers) {
    switch (line.path("kind").asText()) {
      case StepMetrics.KIND -> {
        StepMetrics step = StepMetrics.fromJson(line);
        readers.forEach(reader -> reader.step(step));
      }
      case EpochMetrics.KIND -> {
        EpochMetrics epoch = EpochMetrics.fromJson(line);
        readers.forEach(reader -> reader.epoch(epoch));
      }
      case Alarm.KIND -> {
        Alarm alarm = Alarm.fromJson(line);
        readers.forEach(reader -> reader.alarm(alarm));
      }
      default ->
          throw new RunDirectoryException(
              "%s, line %d: unknown kind %s. Read it with the version that wrote it."
                  .formatted(path, number, line.path("kind")));
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
