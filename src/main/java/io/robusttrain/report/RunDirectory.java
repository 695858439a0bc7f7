package io.robusttrain.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.checkpoint.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code runs/<id>/} on any Hadoop file system: {@code config.conf}, {@code manifest.json}, {@code
 * metrics.jsonl}, {@code events/}, {@code checkpoints/}, {@code best/model.safetensors}, {@code
 * report.html}. One process uses a run directory at a time. Immutable and thread-safe.
 */
public final class RunDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(RunDirectory.class);
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  private final FileSystem fs;
  private final Path path;
  private final boolean continued;

  private RunDirectory(FileSystem fs, Path path, boolean continued) {
    this.fs = fs;
    this.path = path;
    this.continued = continued;
  }

  /**
   * Creates the directory, or takes up an existing one of the same id. The configuration is
   * replaced, the provenance of this start is added to those of earlier ones.
   *
   * @param root such as {@code runs}
   * @param id letters, digits, dot, dash, underscore
   * @param config the effective configuration as text
   * @param provenance versions, data hash, seed of this start
   * @throws RunDirectoryException if the id is unusable or the directory cannot be written
   */
  public static RunDirectory open(
      Path root, String id, Configuration conf, String config, Map<String, String> provenance) {
    if (!ID.matcher(id).matches()) {
      throw new RunDirectoryException(
          "The run id '%s' cannot name a directory. Use letters, digits, dot, dash and underscore."
              .formatted(id));
    }
    Path path = new Path(root, id);
    try {
      FileSystem fs = Storage.fileSystem(path, conf);
      path = fs.makeQualified(path);
      boolean continued = fs.exists(path);
      RunDirectory run = new RunDirectory(fs, path, continued);
      run.mkdirs(run.checkpoints());
      run.mkdirs(run.best().getParent());
      run.mkdirs(run.events());
      run.writeManifest(id, provenance);
      run.write("config.conf", config);
      return run;
    } catch (IOException e) {
      throw new RunDirectoryException(
          "The run directory %s cannot be written: %s. Choose another run directory or make it writable."
              .formatted(path, e.getMessage()),
          e);
    }
  }

  /** Whether the directory was there before. */
  public boolean continued() {
    return continued;
  }

  /** The file system of all these paths. */
  public FileSystem fileSystem() {
    return fs;
  }

  /** The directory, qualified. */
  public Path path() {
    return path;
  }

  /** Base of the checkpoint store. */
  public Path checkpoints() {
    return checkpoints(path);
  }

  /** Base of the checkpoint store of a run directory that need not exist. */
  public static Path checkpoints(Path run) {
    return new Path(run, "checkpoints");
  }

  /** The best model's file. */
  public Path best() {
    return new Path(path, "best/model.safetensors");
  }

  /** Directory of the TensorBoard event files. */
  public Path events() {
    return new Path(path, "events");
  }

  /** The metrics file. */
  public Path metrics() {
    return metrics(path);
  }

  /** The metrics file of a run directory that need not exist. */
  public static Path metrics(Path run) {
    return new Path(run, "metrics.jsonl");
  }

  /** The report. */
  public Path report() {
    return new Path(path, "report.html");
  }

  /** Writes a text file of the run, whole or not at all. */
  public void write(String name, String text) throws IOException {
    Storage.replace(
        fs, new Path(path, name), out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  private void writeManifest(String id, Map<String, String> provenance) throws IOException {
    Path file = new Path(path, "manifest.json");
    ObjectNode root = JsonLines.MAPPER.createObjectNode().put("format_version", 1).put("run", id);
    ArrayNode starts = root.putArray("starts");
    if (fs.exists(file)) {
      try (InputStream in = fs.open(file)) {
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        JsonNode former = JsonLines.parse(text, file.toString());
        former.path("starts").forEach(starts::add);
      }
      LOG.info("Continuing run {} in {}.", id, path);
    }
    ObjectNode start = starts.addObject();
    new TreeMap<>(provenance).forEach(start::put);
    write(
        file.getName(),
        JsonLines.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
  }

  private void mkdirs(Path directory) throws IOException {
    if (!fs.mkdirs(directory)) {
      throw new IOException("the file system refused to create " + directory);
    }
  }
}
