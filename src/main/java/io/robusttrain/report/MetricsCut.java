package io.robusttrain.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a run goes on. Lines of steps from {@code firstStep} on and of epochs from {@code
 * firstEpoch} on, left by work that is now done again, are dropped. Alarms that will not be found
 * again stay: {@linkplain Alarm#lasting incidents}, and those that led to the last one for which
 * the run went back.
 *
 * @param firstStep the step about to be done
 * @param firstPause the step whose pause is the first to come: probes and validations are then
 * @param firstEpoch the first epoch whose end is still to come
 */
public record MetricsCut(long firstStep, long firstPause, int firstEpoch) {
  /** Keeps nothing but incidents: a run that begins. */
  public static final MetricsCut START = new MetricsCut(0, 0, 0);

  /**
   * What stays of a log: all of its beginning, and a few lines of the rest.
   *
   * @param prefix bytes from its beginning
   * @param tail the lines that follow them, without their ends; of a run that went back, its alarms
   * @param size bytes that the log had
   */
  record Kept(long prefix, List<String> tail, long size) {
    Kept {
      tail = List.copyOf(tail);
    }

    /** Bytes that stay. */
    long bytes() {
      return prefix + tail.stream().mapToLong(line -> bytes(line).length).sum();
    }

    /** Whether the log is as it shall be. */
    boolean isAll() {
      return bytes() == size;
    }

    /** The lines that follow the beginning, in UTF-8 and with their ends. */
    List<byte[]> tailLines() {
      return tail.stream().map(Kept::bytes).toList();
    }

    private static byte[] bytes(String line) {
      return (line + "\n").getBytes(StandardCharsets.UTF_8);
    }
  }

  /** A line behind the first one that may have to go. */
  private record Late(String text, JsonNode node, boolean stays) {}

  /**
   * Reads a log once.
   *
   * @param past is told of all lines that stay
   */
  Kept keep(MetricsLines lines, List<MetricsReader> past) throws IOException {
    long prefix = 0;
    boolean whole = true;
    List<Late> late = new ArrayList<>();
    while (lines.next()) {
      JsonNode node = lines.parse();
      boolean stays = stays(node);
      if (whole && stays) {
        prefix = lines.end();
        lines.tell(node, past);
        continue;
      }
      whole = false;
      if (isAlarm(node) && Alarm.fromJson(node).goesBack()) {
        late.replaceAll(line -> new Late(line.text(), line.node(), true));
      }
      if (stays || isAlarm(node)) {
        late.add(new Late(lines.text(), node, stays));
      }
    }
    List<String> tail = new ArrayList<>();
    for (Late line : late) {
      if (line.stays()) {
        tail.add(line.text());
        lines.tell(line.node(), past);
      }
    }
    return new Kept(prefix, tail, lines.size());
  }

  /** Whether a line stays whatever follows it. */
  private boolean stays(JsonNode line) {
    if (isAlarm(line)) {
      Alarm alarm = Alarm.fromJson(line);
      return alarm.lasting() || alarm.step() < (alarm.foundAtPause() ? firstPause : firstStep);
    }
    return line.has("step")
        ? line.path("step").asLong() < firstStep
        : line.path("epoch").asInt() < firstEpoch;
  }

  private static boolean isAlarm(JsonNode line) {
    return line.path("kind").asText().equals(Alarm.KIND);
  }
}
