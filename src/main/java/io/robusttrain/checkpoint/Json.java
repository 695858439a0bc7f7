package io.robusttrain.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Strict reading of the project's own JSON: a missing or mistyped field is an error that names it.
 */
final class Json {
  static final ObjectMapper MAPPER = new ObjectMapper();
  static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private Json() {}

  /** Parses text that {@code where} came from. */
  static JsonNode parse(String text, String where) {
    try {
      JsonNode node = MAPPER.readTree(text.getBytes(StandardCharsets.UTF_8));
      if (node == null) {
        throw new CheckpointException(where + " is empty");
      }
      return node;
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          "%s is not JSON (%s)".formatted(where, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new CheckpointException(where + " cannot be parsed", e);
    }
  }

  static JsonNode field(JsonNode object, String key) {
    JsonNode node = object.get(key);
    if (node == null || node.isNull()) {
      throw wrong(key, "missing");
    }
    return node;
  }

  static String text(JsonNode object, String key) {
    return require(field(object, key), JsonNode::isTextual, key, "a string").asText();
  }

  static long whole(JsonNode object, String key) {
    return require(field(object, key), JsonNode::canConvertToLong, key, "a whole number").asLong();
  }

  static int count(JsonNode object, String key) {
    return require(field(object, key), JsonNode::canConvertToInt, key, "a whole number").asInt();
  }

  static double number(JsonNode object, String key) {
    return require(field(object, key), JsonNode::isNumber, key, "a number").asDouble();
  }

  static <T> List<T> list(JsonNode object, String key, Function<JsonNode, T> element) {
    List<T> list = new ArrayList<>();
    for (JsonNode item : require(field(object, key), JsonNode::isArray, key, "a list")) {
      list.add(element.apply(item));
    }
    return list;
  }

  static SortedMap<String, String> strings(JsonNode object, String where) {
    SortedMap<String, String> map = new TreeMap<>();
    require(object, JsonNode::isObject, where, "an object")
        .fields()
        .forEachRemaining(
            item ->
                map.put(
                    item.getKey(),
                    require(item.getValue(), JsonNode::isTextual, item.getKey(), "a string")
                        .asText()));
    return map;
  }

  static ObjectNode node(Map<String, String> strings) {
    ObjectNode node = NODES.objectNode();
    strings.forEach(node::put);
    return node;
  }

  /** A plain value as JSON: string, boolean, whole number, floating-point number, list or map. */
  static JsonNode node(Object value) {
    if (value instanceof String text) {
      return NODES.textNode(text);
    } else if (value instanceof Boolean flag) {
      return NODES.booleanNode(flag);
    } else if (value instanceof Long whole) {
      return NODES.numberNode(whole);
    } else if (value instanceof Double number) {
      return NODES.numberNode(number);
    } else if (value instanceof List<?> list) {
      ArrayNode array = NODES.arrayNode();
      list.forEach(item -> array.add(node(item)));
      return array;
    }
    throw new IllegalArgumentException("Not a plain value: " + value);
  }

  /** The plain value of a JSON node; the inverse of {@link #node(Object)}. */
  static Object value(JsonNode node, String where) {
    if (node.isTextual()) {
      return node.asText();
    } else if (node.isBoolean()) {
      return node.asBoolean();
    } else if (node.isIntegralNumber() && node.canConvertToLong()) {
      return node.asLong();
    } else if (node.isNumber()) {
      return node.asDouble();
    } else if (node.isArray()) {
      List<Object> list = new ArrayList<>();
      node.forEach(item -> list.add(value(item, where)));
      return Collections.unmodifiableList(list);
    }
    throw wrong(where, "neither string, boolean, number nor list: " + node);
  }

  static CheckpointException wrong(String key, String what) {
    return new CheckpointException("field '" + key + "' is " + what);
  }

  private static JsonNode require(
      JsonNode node, java.util.function.Predicate<JsonNode> test, String key, String wanted) {
    if (!test.test(node)) {
      throw wrong(key, node + " where " + wanted + " is expected");
    }
    return node;
  }
}
