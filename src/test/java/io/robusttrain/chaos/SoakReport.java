package io.robusttrain.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.chaos.JvmProcess.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The table of a soak.
 *
 * @param directory the run's
 * @param held by its processes
 * @param tail that followed its metrics
 * @param kills executors killed
 * @param code exit code after SIGTERM
 * @param time from the first step to SIGTERM
 */
record SoakReport(
    Path directory, SoakSamples held, MetricsTail tail, int kills, int code, Duration time) {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final double SECONDS_PER_HOUR = 3600;
  private static final double WARM = 1.0 / 3;

  /** The table; the first third of a process's time is its warm-up and counts nowhere. */
  String markdown() throws IOException {
    StringBuilder table = new StringBuilder("| what | seen |\n|---|---|\n");
    row(table, "time, steps", "%.0f min, %d", time.toSeconds() / 60.0, tail.step() + 1);
    row(table, "executors killed, seen in all", "%d, %d", kills, held.count(Role.EXECUTOR));
    row(
        table,
        "went back, steps done again at most",
        "%d times, %d",
        tail.returns(),
        tail.stepsLost());
    row(table, "longest stall", "%.1f s", tail.longestStall().toMillis() / 1e3);
    row(table, "exit code after SIGTERM", "%d", code);
    for (Role role : List.of(Role.DRIVER, Role.EXECUTOR, Role.WORKER, Role.MASTER)) {
      process(table, role);
    }
    steps(table);
    handles(table);
    row(table, "checkpoints on disk, other files beside them", "%s", checkpoints());
    row(table, "alarms", "%s", alarms());
    return table.toString();
  }

  private static void row(StringBuilder table, String what, String format, Object... values) {
    table.append("| %s | %s |%n".formatted(what, String.format(Locale.ROOT, format, values)));
  }

  private void process(StringBuilder table, Role role) {
    String name = role.name().toLowerCase(Locale.ROOT);
    Trend whole = held.resident(role);
    Trend resident = whole.from(whole.start() + WARM * whole.span());
    Trend files = held.openFiles(role).from(whole.start() + WARM * whole.span());
    if (resident.isEmpty()) {
      row(table, name, "none lived long enough");
      return;
    }
    row(
        table,
        name + ": resident memory, slope over %.0f min".formatted(resident.span() / 60),
        "%.0f to %.0f MB, %+.0f MB/h",
        resident.first(),
        resident.last(),
        resident.slope() * SECONDS_PER_HOUR);
    row(
        table,
        name + ": open files",
        "%.0f to %.0f, most %.0f",
        files.first(),
        files.last(),
        files.largest());
  }

  /** Drift: the median step of the last third against that of the middle one. */
  private void steps(StringBuilder table) throws IOException {
    Trend seconds = new Trend();
    for (JsonNode line : lines("step")) {
      double rate = line.path("images_per_s").asDouble();
      seconds.add(line.path("step").asDouble(), TinyTask.GLOBAL_BATCH / rate);
    }
    double steps = seconds.span();
    double late = seconds.from(2 * steps / 3).median();
    double middle = seconds.from(steps / 3).median();
    row(
        table,
        "median step, that of the last third against that of the last two",
        "%.3f s, %+.1f %%",
        middle,
        100 * (late / middle - 1));
  }

  private void handles(StringBuilder table) throws IOException {
    List<Double> handles = EventFile.scalar(directory.resolve("events"), "executor/live_handles");
    int warm = (int) (WARM * handles.size());
    if (handles.isEmpty()) {
      row(table, "live native handles of an executor", "not recorded");
      return;
    }
    List<Double> counted = handles.subList(warm, handles.size());
    row(
        table,
        "live native handles of an executor at the ends of %d epochs".formatted(counted.size()),
        "%.0f to %.0f",
        counted.stream().mapToDouble(Double::doubleValue).min().orElseThrow(),
        counted.stream().mapToDouble(Double::doubleValue).max().orElseThrow());
  }

  private String checkpoints() throws IOException {
    try (Stream<Path> entries = Files.list(directory.resolve("checkpoints"))) {
      List<String> names = entries.map(path -> path.getFileName().toString()).sorted().toList();
      long complete = names.stream().filter(name -> name.startsWith("epoch-")).count();
      return "%d, %d".formatted(complete, names.size() - complete);
    }
  }

  private String alarms() throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    for (JsonNode line : lines("alarm")) {
      String name =
          "%s (%s)".formatted(line.path("alarm").asText(), line.path("response").asText());
      counts.merge(name, 1, Integer::sum);
    }
    return counts.isEmpty() ? "none" : counts.toString().replaceAll("[{}]", "");
  }

  private List<JsonNode> lines(String kind) throws IOException {
    try (Stream<String> lines = Files.lines(directory.resolve("metrics.jsonl"))) {
      return lines
          .map(SoakReport::parse)
          .filter(line -> line.path("kind").asText().equals(kind))
          .toList();
    }
  }

  private static JsonNode parse(String line) {
    try {
      return MAPPER.readTree(line);
    } catch (IOException e) {
      throw new AssertionError("not JSON: " + line, e);
    }
  }
}
