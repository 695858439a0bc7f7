package io.robusttrain.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.report.MetricsLog;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * {@code <run.dir>/<sweep>/} on any Hadoop file system: a run directory for each run, {@code
 * sweep.json} with the state and {@code sweep.txt} with the table. One process uses it at a time.
 */
public final class SweepDirectory {
  private static final String STATE = "sweep.json";

  private final FileSystem fs;
  private final Path path;

  /**
   * A directory that need not exist.
   *
   * @throws IOException if its file system cannot be reached
   */
  public SweepDirectory(Path path, Configuration hadoop) throws IOException {
    this.fs = Storage.fileSystem(path, hadoop);
    this.path = fs.makeQualified(path);
  }

  /** The directory with its scheme and authority. */
  public Path path() {
    return path;
  }

  /** Whether a run has begun there. */
  public boolean has(SweepRun run) throws IOException {
    return fs.exists(new Path(path, run.name()));
  }

  /** The accuracies that a run has left so far. */
  public RunResult measured(RunResult result) throws IOException {
    Path metrics = new Path(new Path(path, result.run().name()), "metrics.jsonl");
    return result.with(MetricsLog.read(fs, metrics).epochs());
  }

  /**
   * The results of an earlier start by run name; none if there was none.
   *
   * @throws IOException if they cannot be read
   */
  public Map<String, RunResult> read() throws IOException {
    Map<String, RunResult> results = new LinkedHashMap<>();
    Path file = new Path(path, STATE);
    if (Storage.exists(fs, file)) {
      for (JsonNode node : Json.tree(Storage.bytes(fs, file)).path("runs")) {
        RunResult result = fromJson(node);
        results.put(result.run().name(), result);
      }
    }
    return results;
  }

  /** Writes state and table, each whole or not at all. */
  public void write(Sweep sweep, List<RunResult> results) throws IOException {
    ObjectNode root = Json.object().put("format_version", 1).put("sweep", sweep.name());
    sweep.ablatedKeys().forEach(root.putArray("ablated")::add);
    SweepTable table = new SweepTable(sweep.ablatedKeys(), results);
    table.results().forEach(result -> root.withArray("runs").add(toJson(result)));
    fs.mkdirs(path);
    Storage.clearTemporaries(fs, path, Fence.none());
    String json = root.toPrettyString() + "\n";
    write(STATE, json);
    write("sweep.txt", table.render());
  }

  private void write(String name, String text) throws IOException {
    Storage.replace(
        fs, new Path(path, name), out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static ObjectNode toJson(RunResult result) {
    ObjectNode node = Json.object().put("run", result.run().name());
    ObjectNode overrides = node.putObject("overrides");
    result.run().overrides().forEach(overrides::put);
    node.put("status", result.status().word());
    Json.put(node, "clean_top1", result.clean());
    Json.put(node, "robust_top1", result.robust());
    node.put("best_epoch", result.bestEpoch());
    node.put("seconds", result.seconds());
    return node.put("config_sha256", result.configSha256());
  }

  private static RunResult fromJson(JsonNode node) {
    Map<String, String> overrides = new LinkedHashMap<>();
    List<String> keys = new ArrayList<>();
    node.path("overrides").fieldNames().forEachRemaining(keys::add);
    keys.forEach(key -> overrides.put(key, node.path("overrides").path(key).asText()));
    return new RunResult(
        new SweepRun(node.path("run").asText(), overrides),
        node.path("config_sha256").asText(),
        RunStatus.valueOf(node.path("status").asText().toUpperCase(java.util.Locale.ROOT)),
        node.path("clean_top1").asDouble(Double.NaN),
        node.path("robust_top1").asDouble(Double.NaN),
        node.path("best_epoch").asInt(),
        node.path("seconds").asDouble());
  }
}
