package io.robusttrain.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Reads and begins the lines of a file that has one JSON object a line. */
public final class JsonLines {
  private JsonLines() {}

  public static ObjectNode line(String kind) {
    return Json.object().put("kind", kind);
  }

  /** Parses one line; {@code where} names it in the error. */
  public static JsonNode parse(String line, String where) throws IOException {
    try {
      JsonNode node = Json.tree(line.getBytes(StandardCharsets.UTF_8));
      if (node.isObject()) {
        return node;
      }
    } catch (JsonProcessingException e) {
      throw new RunDirectoryException(
          where + " is not JSON. Repair or remove the line, or choose another run id.", e);
    }
    throw new RunDirectoryException(
        where + " is not a JSON object. Repair or remove the line, or choose another run id.");
  }
}
