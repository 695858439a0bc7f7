package io.robusttrain.base;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Reads and builds JSON. The readers of a field are strict: a missing or mistyped one is a {@link
 * JsonException} that names it. A node writes itself, on one line or indented: {@link
 * JsonNode#toString} and {@link JsonNode#toPrettyString}.
 */
public final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final ObjectReader DISTINCT =
      MAPPER.reader(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private Json() {}

  /** An object without fields. */
  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** A list without elements. */
  public static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }

  /**
   * Parses UTF-8 text.
   *
   * @throws JsonProcessingException if it is not JSON
   * @throws IOException if it is not UTF-8
   */
  public static JsonNode tree(byte[] text) throws IOException {
    return MAPPER.readTree(text);
  }

  /** As {@link #tree(byte[])}, of everything left in the stream. */
  public static JsonNode tree(InputStream in) throws IOException {
    return MAPPER.readTree(in);
  }

  /** As {@link #tree(byte[])}; no object may have two fields of one name. */
  public static JsonNode distinctTree(byte[] text) throws IOException {
    return DISTINCT.readTree(text);
  }

  /**
   * Reads a list that is too long to be held, element by element.
   *
   * @param element takes each in turn
   * @throws JsonException if it is not JSON or no list
   */
  public static void forEach(InputStream in, Consumer<JsonNode> element) throws IOException {
    try (JsonParser parser = MAPPER.createParser(in)) {
      forEach(parser, "the text", element);
    } catch (JsonProcessingException e) {
      throw notJson(e);
    }
  }

  /** As {@link #forEach(InputStream, Consumer)}, of the list in a field of an object. */
  public static void forEach(InputStream in, String key, Consumer<JsonNode> element)
      throws IOException {
    try (JsonParser parser = MAPPER.createParser(in)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new JsonException("the text is not an object", null);
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME && !parser.currentName().equals(key)) {
        parser.nextToken();
        parser.skipChildren();
      }
      if (parser.currentToken() != JsonToken.FIELD_NAME) {
        throw wrong(key, "missing");
      }
      forEach(parser, "field '" + key + "'", element);
    } catch (JsonProcessingException e) {
      throw notJson(e);
    }
  }

  private static void forEach(JsonParser parser, String what, Consumer<JsonNode> element)
      throws IOException {
    if (parser.nextToken() != JsonToken.START_ARRAY) {
      throw new JsonException(what + " is not a list", null);
    }
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      element.accept(MAPPER.readTree(parser));
    }
  }

  private static JsonException notJson(JsonProcessingException e) {
    return new JsonException("it is not JSON (%s)".formatted(e.getOriginalMessage()), e);
  }

  /**
   * Parses text.
   *
   * @param where the text came from, for the message
   */
  public static JsonNode parse(String text, String where) {
    try {
      return tree(text.getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new JsonException("%s is not JSON (%s)".formatted(where, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new JsonException(where + " cannot be parsed", e);
    }
  }

  /**
   * Parses text to a plain Java value: string, boolean, number, list, map or null.
   *
   * @throws JsonProcessingException if it is not JSON
   */
  public static Object plain(String text) throws JsonProcessingException {
    return MAPPER.readValue(text, Object.class);
  }

  /** The value of a field that must be there. */
  public static JsonNode field(JsonNode object, String key) {
    JsonNode node = object.get(key);
    if (node == null || node.isNull()) {
      throw wrong(key, "missing");
    }
    return node;
  }

  /** The string in a field. */
  public static String text(JsonNode object, String key) {
    return require(field(object, key), JsonNode::isTextual, key, "a string").asText();
  }

  /** The whole number in a field, which a long must hold. */
  public static long whole(JsonNode object, String key) {
    return require(field(object, key), JsonNode::canConvertToLong, key, "a whole number").asLong();
  }

  /** The whole number in a field, which an int must hold. */
  public static int count(JsonNode object, String key) {
    return require(field(object, key), JsonNode::canConvertToInt, key, "a whole number").asInt();
  }

  /** The number in a field, of any kind. */
  public static double number(JsonNode object, String key) {
    return require(field(object, key), JsonNode::isNumber, key, "a number").asDouble();
  }

  /** What {@link #put(ObjectNode, String, double)} wrote: NaN where there is no number. */
  public static double numberOrNan(JsonNode object, String key) {
    JsonNode value = object.path(key);
    return value.isNumber() ? value.asDouble() : Double.NaN;
  }

  /** A list, each element read by {@code element}. */
  public static <T> List<T> list(JsonNode object, String key, Function<JsonNode, T> element) {
    List<T> list = new ArrayList<>();
    for (JsonNode item : require(field(object, key), JsonNode::isArray, key, "a list")) {
      list.add(element.apply(item));
    }
    return list;
  }

  /**
   * A list as an array of numbers or truth values; empty if the field is missing.
   *
   * @param type of the array, such as {@code int[].class}
   */
  public static <A> A array(JsonNode object, String key, Class<A> type) {
    JsonNode list = object.has(key) ? object.get(key) : array();
    try {
      return MAPPER.treeToValue(list, type);
    } catch (JsonProcessingException e) {
      throw wrong(key, "no " + type.getSimpleName());
    }
  }

  /** An object whose values are strings; {@code where} names it in the message. */
  public static SortedMap<String, String> strings(JsonNode object, String where) {
    SortedMap<String, String> map = new TreeMap<>();
    require(object, JsonNode::isObject, where, "an object")
        .fieldNames()
        .forEachRemaining(
            key ->
                map.put(
                    key, require(object.get(key), JsonNode::isTextual, key, "a string").asText()));
    return map;
  }

  /** The inverse of {@link #strings}. */
  public static ObjectNode node(Map<String, String> strings) {
    ObjectNode node = object();
    strings.forEach(node::put);
    return node;
  }

  /** A string, boolean, number, or a list or array of these as JSON. */
  public static JsonNode node(Object plain) {
    return MAPPER.valueToTree(plain);
  }

  /** The inverse of {@link #node(Object)}; numbers become {@code Long} or {@code Double}. */
  public static Object value(JsonNode node, String where) {
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

  /** Puts a number; JSON has no NaN and no infinity, so they become null. */
  public static void put(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }

  /** An exception that says what is wrong with a field. */
  public static JsonException wrong(String key, String what) {
    return new JsonException("field '" + key + "' is " + what, null);
  }

  private static JsonNode require(
      JsonNode node, Predicate<JsonNode> test, String key, String wanted) {
    if (!test.test(node)) {
      throw wrong(key, node + " where " + wanted + " is expected");
    }
    return node;
  }
}
