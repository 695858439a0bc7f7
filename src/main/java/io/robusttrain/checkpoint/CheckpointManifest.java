package io.robusttrain.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.SealedJson;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code manifest.json}: the state, the files, and a checksum over both. Written last. */
record CheckpointManifest(TrainingState state, List<FileEntry> files) {
  static final String FILE = "manifest.json";
  private static final int FORMAT_VERSION = 2;
  private static final int FORMER_VERSION = 1;

  CheckpointManifest {
    files = List.copyOf(files);
  }

  byte[] toBytes() {
    ObjectNode root = Json.object().put("format_version", FORMAT_VERSION);
    root.set("state", state.toJson());
    ArrayNode list = root.putArray("files");
    files.forEach(file -> list.add(file.toJson()));
    return SealedJson.bytes(root);
  }

  static CheckpointManifest parse(byte[] bytes, String path) {
    try {
      JsonNode root = Json.parse(new String(bytes, StandardCharsets.UTF_8), "it");
      int version = Json.count(root, "format_version");
      boolean whole = SealedJson.unseal(root);
      if (whole && version > FORMAT_VERSION) {
        throw new NewerFormatException(
            "%s has format version %d, this version reads up to %d. Go on with the version that wrote it, or choose another run id."
                .formatted(path, version, FORMAT_VERSION));
      }
      if (version != FORMAT_VERSION && version != FORMER_VERSION) {
        throw new CheckpointException(
            "its format version is %d, this version reads %d and %d"
                .formatted(version, FORMER_VERSION, FORMAT_VERSION));
      }
      if (!whole) {
        throw new CheckpointException("its checksum does not match its content");
      }
      JsonNode state = Json.field(root, "state");
      return new CheckpointManifest(
          version == FORMER_VERSION
              ? TrainingState.fromFormerJson(state)
              : TrainingState.fromJson(state),
          Json.list(root, "files", FileEntry::fromJson));
    } catch (NewerFormatException newer) {
      throw newer;
    } catch (CheckpointException | IllegalArgumentException e) {
      throw new CheckpointException(
          "%s cannot be used: %s. Continue from another checkpoint."
              .formatted(path, e.getMessage()),
          e);
    }
  }
}
