package io.robusttrain.evaluate.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.HadoopSettings;
import io.robusttrain.base.Json;
import io.robusttrain.base.JsonException;
import io.robusttrain.base.SealedJson;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The output directory of an evaluation on any Hadoop file system, in a form that travels to
 * executors. Files appear whole or not at all; JSON files carry a checksum of their content.
 */
public final class EvaluationFolder implements Serializable {
  /** The file by which a directory belongs to a work. */
  public static final String PLAN = "plan.json";

  private static final long serialVersionUID = 1L;

  private final String root;
  private final HadoopSettings hadoop;

  private EvaluationFolder(String root, HadoopSettings hadoop) {
    this.root = root;
    this.hadoop = hadoop;
  }

  /**
   * Names a directory, which need not exist.
   *
   * @param hadoop names the file systems; what differs from its defaults travels
   */
  public static EvaluationFolder at(String path, Configuration hadoop) throws IOException {
    Path given = new Path(path);
    Path root = Storage.fileSystem(given, hadoop).makeQualified(given);
    return new EvaluationFolder(root.toString(), HadoopSettings.of(hadoop));
  }

  /** A directory in this one. */
  public EvaluationFolder child(String name) {
    return new EvaluationFolder(path(name).toString(), hadoop);
  }

  /**
   * Takes the directory for a work, or takes it up again.
   *
   * @param kind what the work is called in messages
   * @param identity everything that its results depend on, as names and values
   * @throws EvaluationException if it belongs to another work; the message lists the differences
   */
  public void claim(String kind, ObjectNode identity) throws IOException {
    Optional<ObjectNode> before = readJson(PLAN);
    if (before.isEmpty()) {
      writeJson(PLAN, identity);
      return;
    }
    Set<String> names = new LinkedHashSet<>();
    identity.fieldNames().forEachRemaining(names::add);
    before.get().fieldNames().forEachRemaining(names::add);
    List<String> differences = new ArrayList<>();
    for (String name : names) {
      String there = text(before.get().path(name));
      String here = text(identity.path(name));
      if (!there.equals(here)) {
        differences.add("%s (%s there, %s here)".formatted(name, there, here));
      }
    }
    if (!differences.isEmpty()) {
      throw new EvaluationException(
          "%s holds another %s; its plan differs in %s. Choose another --output, or repeat its command to continue it"
              .formatted(this, kind, String.join("; ", differences)));
    }
  }

  private static String text(JsonNode value) {
    return value.isMissingNode() ? "not set" : value.asText();
  }

  /** The settings that name file systems. */
  public Configuration configuration() {
    return hadoop.configuration();
  }

  public FileSystem fileSystem() throws IOException {
    return Storage.fileSystem(new Path(root), configuration());
  }

  /** A file or directory of the folder. */
  public Path path(String name) {
    return new Path(root, name);
  }

  /** Writes a file, whole or not at all. */
  public void write(String name, byte[] content) throws IOException {
    FileSystem fs = fileSystem();
    fs.mkdirs(path(name).getParent());
    Storage.replace(fs, path(name), out -> out.write(content));
  }

  /** Writes a JSON object with its checksum, whole or not at all. */
  public void writeJson(String name, ObjectNode content) throws IOException {
    write(name, SealedJson.bytes(content));
  }

  /**
   * Reads a JSON object that {@link #writeJson} wrote; empty if there is none.
   *
   * @throws EvaluationException if it is not what was written
   */
  public Optional<ObjectNode> readJson(String name) throws IOException {
    try {
      byte[] bytes = Storage.bytes(fileSystem(), path(name));
      return Optional.of(parse(bytes, path(name).toString()));
    } catch (FileNotFoundException absent) {
      return Optional.empty();
    }
  }

  public static ObjectNode parse(byte[] bytes, String where) throws IOException {
    try {
      JsonNode tree = Json.tree(bytes);
      if (tree instanceof ObjectNode object && SealedJson.unseal(object)) {
        return object;
      }
    } catch (JsonProcessingException | JsonException broken) {
      throw new EvaluationException(damaged(where), broken);
    }
    throw new EvaluationException(damaged(where));
  }

  private static String damaged(String where) {
    return where
        + " is damaged or was edited: its checksum does not match; remove it to have it"
        + " made again";
  }

  /** Removes what interrupted writers left in a directory. */
  void sweep(String directory) throws IOException {
    FileSystem fs = fileSystem();
    if (fs.exists(path(directory))) {
      Storage.clearTemporaries(fs, path(directory), Fence.none());
      for (FileStatus file : fs.listStatus(path(directory))) {
        if (file.getPath().getName().startsWith(".")) {
          fs.delete(file.getPath(), false);
        }
      }
    }
  }

  /** Removes a directory with all that is in it. */
  public void remove(String directory) throws IOException {
    fileSystem().delete(path(directory), true);
  }

  @Override
  public String toString() {
    return root;
  }
}
