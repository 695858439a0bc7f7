package io.robusttrain.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.SealedJson;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.Storage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * {@code epoch-0007.commit}: says which directory is checkpoint epoch-0007 and what its manifest's
 * checksum is. A directory that no commit file names is no checkpoint.
 *
 * @param name of the checkpoint
 * @param directory beside the commit file
 * @param manifestSha256 of the bytes of the directory's manifest
 */
record CommitFile(CheckpointName name, String directory, String manifestSha256) {
  private static final int FORMAT_VERSION = 1;
  private static final String SUFFIX = ".commit";
  private static final String DATA = "data-";
  private static final Pattern DIRECTORY =
      Pattern.compile(DATA + "(?<name>epoch-[0-9a-z-]+)-[0-9a-f]{32}");

  /** A new name for the directory of a checkpoint under construction; no two are alike. */
  static String newDirectory(CheckpointName name) {
    return DATA + name + "-" + UUID.randomUUID().toString().replace("-", "");
  }

  /** The checkpoint that a directory of this name was made for. */
  static Optional<CheckpointName> ofDirectory(String directory) {
    Matcher matcher = DIRECTORY.matcher(directory);
    return matcher.matches() ? CheckpointName.parse(matcher.group("name")) : Optional.empty();
  }

  /** The checkpoint that a file of this name commits. */
  static Optional<CheckpointName> ofFile(String file) {
    return file.endsWith(SUFFIX)
        ? CheckpointName.parse(file.substring(0, file.length() - SUFFIX.length()))
        : Optional.empty();
  }

  static Path path(Path base, CheckpointName name) {
    return new Path(base, name + SUFFIX);
  }

  /** Makes the checkpoint visible, in one step. */
  void write(FileSystem fs, Path base, Fence fence) throws IOException {
    ObjectNode root =
        Json.object()
            .put("format_version", FORMAT_VERSION)
            .put("checkpoint", name.toString())
            .put("directory", directory)
            .put("manifest_sha256", manifestSha256);
    byte[] bytes = SealedJson.bytes(root);
    Storage.replace(fs, path(base, name), fence, out -> out.write(bytes));
  }

  /**
   * Reads the commit file of a checkpoint and checks that it is whole and speaks of that
   * checkpoint.
   *
   * @throws CheckpointException if there is none or it is damaged
   */
  static CommitFile read(FileSystem fs, Path base, CheckpointName name) throws IOException {
    Path path = path(base, name);
    try {
      return parse(new String(Storage.bytes(fs, path), StandardCharsets.UTF_8), name);
    } catch (FileNotFoundException e) {
      throw new CheckpointException(
          "Checkpoint %s is gone. Continue from another checkpoint.".formatted(path), e);
    } catch (CheckpointException | IllegalArgumentException e) {
      throw new CheckpointException(
          "%s cannot be used: %s. Continue from another checkpoint."
              .formatted(path, e.getMessage()),
          e);
    }
  }

  private static CommitFile parse(String text, CheckpointName name) {
    JsonNode root = Json.parse(text, "it");
    int version = Json.count(root, "format_version");
    if (version != FORMAT_VERSION) {
      throw new CheckpointException(
          "its format version is %d, this version reads %d".formatted(version, FORMAT_VERSION));
    }
    if (!SealedJson.unseal(root)) {
      throw new CheckpointException("its checksum does not match its content");
    }
    CommitFile file =
        new CommitFile(
            CheckpointName.of(Json.text(root, "checkpoint")),
            Json.text(root, "directory"),
            Json.text(root, "manifest_sha256"));
    // Also keeps a forged file from pointing outside the store.
    if (!file.name.equals(name) || !ofDirectory(file.directory).equals(Optional.of(name))) {
      throw new CheckpointException("it was written for another checkpoint");
    }
    return file;
  }
}
