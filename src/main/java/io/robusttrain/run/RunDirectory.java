package io.robusttrain.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.checkpoint.CheckpointStore;
import io.robusttrain.storage.CommitProtocol;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.RunLeaseException;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
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
  private final Fence fence;

  private RunDirectory(FileSystem fs, Path path, Fence fence) {
    this.fs = fs;
    this.path = path;
    this.fence = fence;
  }

  /**
   * Creates the directory, or takes up an existing one of the same id. The configuration is
   * replaced, the provenance of this start is added to those of earlier ones.
   *
   * @param root such as {@code runs}
   * @param id letters, digits, dot, dash, underscore
   * @param config the effective configuration as text
   * @param provenance versions, data hash, seed of this start
   * @param fence asked before anything of the run is replaced; the caller keeps it
   * @throws RunLeaseException if another process owns the run
   * @throws RunDirectoryException if the id is unusable or the directory cannot be written
   */
  public static RunDirectory open(
      Path root,
      String id,
      Configuration conf,
      String config,
      Map<String, String> provenance,
      Fence fence) {
    if (!ID.matcher(id).matches()) {
      throw new RunDirectoryException(
          "The run id '%s' cannot name a directory. Use letters, digits, dot, dash and underscore."
              .formatted(id));
    }
    Path path = new Path(root, id);
    try {
      FileSystem fs = Storage.fileSystem(path, conf);
      path = fs.makeQualified(path);
      RunDirectory run = new RunDirectory(fs, path, fence);
      fence.requireHeld();
      run.mkdirs(run.checkpoints());
      run.mkdirs(run.best().getParent());
      run.mkdirs(run.events());
      Storage.clearTemporaries(fs, path, fence);
      Storage.clearTemporaries(fs, run.best().getParent(), fence);
      Storage.clearTemporaries(fs, metricsParts(path), fence);
      Storage.clearTemporaries(fs, KeptEpochs.directory(path), fence);
      run.writeManifest(id, provenance);
      run.write("config.conf", config);
      return run;
    } catch (IOException e) {
      throw RunDirectoryException.unwritable(path, e);
    }
  }

  /** The file system of all these paths. */
  public FileSystem fileSystem() {
    return fs;
  }

  /** The directory itself, with the scheme and host of its file system. */
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

  /** Where the file of the best model is. */
  public Path best() {
    return best(path);
  }

  /** The file of the best model of a run directory that need not exist. */
  public static Path best(Path run) {
    return new Path(run, "best/model.safetensors");
  }

  /** Where is what the best model makes of the validation split. */
  public static Path look(Path run) {
    return new Path(run, "best/look.json");
  }

  /** The effective configuration of a run directory that need not exist. */
  public static Path config(Path run) {
    return new Path(run, "config.conf");
  }

  /** What a run directory, which need not exist, says of its starts. */
  public static Path manifest(Path run) {
    return new Path(run, "manifest.json");
  }

  /** Directory of the TensorBoard event files. */
  public Path events() {
    return new Path(path, "events");
  }

  /** Where the metrics are, a line each step, epoch and alarm. */
  public Path metrics() {
    return metrics(path);
  }

  /** The metrics file of a run directory that need not exist. */
  public static Path metrics(Path run) {
    return new Path(run, "metrics.jsonl");
  }

  /**
   * Where the metrics of a run are while they cannot be appended to, in files which the next ones
   * follow.
   */
  public static Path metricsParts(Path run) {
    return new Path(run, "metrics.parts");
  }

  /** Where the report for people is. */
  public Path report() {
    return report(path);
  }

  /** The report of a run directory that need not exist. */
  public static Path report(Path run) {
    return new Path(run, "report.html");
  }

  /**
   * The run's checkpoints, for its owner.
   *
   * @param chosen how new ones become complete; nothing: as the file system can
   */
  public CheckpointStore checkpointStore(Optional<CommitProtocol> chosen) {
    return new CheckpointStore(fs, checkpoints(), CommitProtocol.of(fs, chosen), fence);
  }

  /** What is asked before anything of the run is published or removed: is the run still ours? */
  public Fence fence() {
    return fence;
  }

  /**
   * Replaces a file of the run, whole or not at all, such as {@link #best}.
   *
   * @throws RunLeaseException if another process owns the run; the file is as it was
   */
  public void replace(Path file, Storage.Content content) throws IOException {
    Storage.replace(fs, file, fence, content);
  }

  /** Writes a text file of the run, whole or not at all. */
  public void write(String name, String text) throws IOException {
    replace(new Path(path, name), out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  private void writeManifest(String id, Map<String, String> provenance) throws IOException {
    Path file = manifest(path);
    ObjectNode root = Json.object().put("format_version", 1).put("run", id);
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
    write(file.getName(), root.toPrettyString() + "\n");
  }

  private void mkdirs(Path directory) throws IOException {
    if (!fs.mkdirs(directory)) {
      throw new IOException("the file system refused to create " + directory);
    }
  }
}
