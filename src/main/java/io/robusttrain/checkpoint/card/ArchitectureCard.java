package io.robusttrain.checkpoint.card;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.JsonException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What builds the network: a timm model name and the arguments that differ from its defaults.
 *
 * @param model timm's name, such as {@code xcit_small_12_p16_224}
 * @param arguments by timm's names; values are strings, booleans, {@code Long}, {@code Double} or
 *     lists of these ({@code Integer} and {@code Float} are widened)
 */
public record ArchitectureCard(String model, SortedMap<String, Object> arguments) {
  public ArchitectureCard {
    if (model.isBlank()) {
      throw new IllegalArgumentException("The model name is blank.");
    }
    SortedMap<String, Object> copy = new TreeMap<>();
    arguments.forEach((key, value) -> copy.put(key, plain(key, value)));
    arguments = java.util.Collections.unmodifiableSortedMap(copy);
  }

  /** Describes a model by any map of arguments. */
  public static ArchitectureCard of(String model, Map<String, ?> arguments) {
    return new ArchitectureCard(model, new TreeMap<>(arguments));
  }

  /** Writes {@code {"model": ..., "arguments": {...}}}. */
  public ObjectNode toJson() {
    ObjectNode node = Json.object().put("model", model);
    ObjectNode values = node.putObject("arguments");
    arguments.forEach((key, value) -> values.set(key, Json.node(value)));
    return node;
  }

  /**
   * Inverse of {@link #toJson}.
   *
   * @throws JsonException if a field is missing or of another type
   */
  public static ArchitectureCard fromJson(JsonNode node) {
    SortedMap<String, Object> arguments = new TreeMap<>();
    Json.field(node, "arguments")
        .fields()
        .forEachRemaining(
            item -> arguments.put(item.getKey(), Json.value(item.getValue(), item.getKey())));
    return new ArchitectureCard(Json.text(node, "model"), arguments);
  }

  private static Object plain(String key, Object value) {
    if (value instanceof Integer whole) {
      return whole.longValue();
    } else if (value instanceof Float number) {
      return number.doubleValue();
    } else if (value instanceof List<?> list) {
      return list.stream().map(item -> plain(key, item)).toList();
    } else if (value instanceof String
        || value instanceof Boolean
        || value instanceof Long
        || value instanceof Double) {
      return value;
    }
    throw new IllegalArgumentException("Argument '" + key + "' cannot be stored: " + value);
  }
}
