package io.robusttrain.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Watches the metrics file of a run while it grows: how far the run is, how far it went back, and
 * how long it stood still. Looks only when {@link #poll} is called, so the times are as fine as the
 * calls are frequent. Not thread-safe.
 */
final class MetricsTail {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path file;
  private long size = -1;
  private long lastStep = -1;
  private long furthestStep = -1;
  private boolean afterEpoch;
  private long stepsLost;
  private int returns;
  private boolean begun;
  private long lastProgress;
  private Duration longestStall = Duration.ZERO;

  /** Watches a file that need not exist yet. */
  MetricsTail(Path file) {
    this.file = file;
  }

  /** Looks at the file. True if the run is further than ever since the last look. */
  boolean poll() throws IOException {
    List<String> lines;
    try {
      if (Files.size(file) == size) {
        return false;
      }
      byte[] bytes = Files.readAllBytes(file);
      size = bytes.length;
      lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
    } catch (FileSystemException notYetThere) {
      return false;
    }
    long step = lastStep(lines);
    return step != lastStep && note(step);
  }

  private boolean note(long step) {
    boolean forward = step > lastStep;
    if (!forward) {
      stepsLost = Math.max(stepsLost, lastStep - step);
      returns++;
    } else {
      Duration stall = stall();
      longestStall = stall.compareTo(longestStall) > 0 ? stall : longestStall;
      begun = true;
      lastProgress = System.nanoTime();
    }
    lastStep = step;
    boolean further = step > furthestStep;
    furthestStep = Math.max(furthestStep, step);
    return further;
  }

  /** The last complete step line; what the last line is tells what the driver does now. */
  private long lastStep(List<String> lines) throws IOException {
    afterEpoch = false;
    for (int i = lines.size() - 1; i >= 0; i--) {
      JsonNode node = parse(lines.get(i));
      if (node.path("kind").asText().equals("epoch")) {
        afterEpoch = true;
      }
      if (node.path("kind").asText().equals("step")) {
        return node.path("step").asLong();
      }
    }
    return -1;
  }

  /** A line that is being written just now is none yet. */
  private static JsonNode parse(String line) throws IOException {
    try {
      JsonNode node = MAPPER.readTree(line);
      return node == null ? MAPPER.createObjectNode() : node;
    } catch (JsonProcessingException incomplete) {
      return MAPPER.createObjectNode();
    }
  }

  /** The newest step, counted from 0; -1 before the first. */
  long step() {
    return lastStep;
  }

  /** Whether the epoch of that step is validated, so that its checkpoint is being written. */
  boolean afterEpoch() {
    return afterEpoch;
  }

  /** The largest number of steps that had to be done again at a time. */
  long stepsLost() {
    return stepsLost;
  }

  /** How often the run went back. */
  int returns() {
    return returns;
  }

  /** How long ago the last step was done; nothing before the first. */
  Duration stall() {
    return begun ? Duration.ofNanos(System.nanoTime() - lastProgress) : Duration.ZERO;
  }

  /** The longest time between two steps. */
  Duration longestStall() {
    return longestStall;
  }
}
