package io.robusttrain.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** One JSON object a line. */
final class JsonLines {
  static final ObjectMapper MAPPER = new ObjectMapper();

  private JsonLines() {}

  static ObjectNode line(String kind) {
    return JsonNodeFactory.instance.objectNode().put("kind", kind);
  }

  /** JSON has no NaN and no infinity: they become null. */
  static void put(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }

  static double number(JsonNode node, String key) {
    JsonNode value = node.path(key);
    return value.isNumber() ? value.asDouble() : Double.NaN;
  }

  /** Parses one line; {@code where} names it in the error. */
  static JsonNode parse(String line, String where) throws IOException {
    try {
      JsonNode node = MAPPER.readTree(line.getBytes(StandardCharsets.UTF_8));
      if (node != null && node.isObject()) {
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
