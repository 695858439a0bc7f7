package io.robusttrain.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.io.Serializable;

/**
 * A file of a checkpoint, as its writer wrote it. Travels from executors to the driver.
 *
 * @param name within the checkpoint's directory
 * @param size in bytes
 * @param sha256 of the content, lower-case hexadecimal
 */
public record FileEntry(String name, long size, String sha256) implements Serializable {
  /**
   * Checks that the name stays in its directory.
   *
   * @throws IllegalArgumentException if it does not
   */
  public FileEntry {
    if (name.isEmpty() || name.startsWith(".") || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException("'" + name + "' cannot name a file of a checkpoint.");
    }
  }

  ObjectNode toJson() {
    return Json.object().put("name", name).put("size", size).put("sha256", sha256);
  }

  static FileEntry fromJson(JsonNode node) {
    return new FileEntry(
        Json.text(node, "name"), Json.whole(node, "size"), Json.text(node, "sha256"));
  }
}
