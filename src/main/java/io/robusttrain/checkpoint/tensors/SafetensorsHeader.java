package io.robusttrain.checkpoint.tensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The parsed and checked header of a safetensors file.
 *
 * @param metadata free strings
 * @param entries tensors in header order, by name
 */
record SafetensorsHeader(Map<String, String> metadata, Map<String, Entry> entries) {
  /** The format's own limit, which also keeps a damaged length from filling the memory. */
  static final int MAX_BYTES = 100_000_000;

  /** A tensor and where its data begins, in bytes after the header. */
  record Entry(TensorSpec spec, long begin) {
    long end() {
      return begin + spec.byteSize();
    }
  }

  /** Parses the JSON and checks every tensor against {@code dataBytes} bytes of data. */
  static SafetensorsHeader parse(byte[] json, long dataBytes, String file) {
    JsonNode root;
    try {
      root = Json.distinctTree(json);
    } catch (JsonProcessingException e) {
      throw damaged(file, "its header is not JSON (" + e.getOriginalMessage() + ")", e);
    } catch (IOException e) {
      throw damaged(file, "its header is not UTF-8 text", e);
    }
    if (!root.isObject()) {
      throw damaged(file, "its header is not a JSON object", null);
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, Entry> entries = new LinkedHashMap<>();
    root.fields()
        .forEachRemaining(
            field -> {
              if (field.getKey().equals(TensorSpec.METADATA)) {
                field
                    .getValue()
                    .fields()
                    .forEachRemaining(
                        item -> metadata.put(item.getKey(), text(item.getValue(), file)));
              } else {
                entries.put(field.getKey(), entry(field.getKey(), field.getValue(), file));
              }
            });
    requireContiguous(entries.values(), dataBytes, file);
    return new SafetensorsHeader(
        Collections.unmodifiableMap(metadata), Collections.unmodifiableMap(entries));
  }

  static CheckpointException damaged(String file, String what, Throwable cause) {
    return new CheckpointException(
        "%s is not a usable safetensors file: %s. Take another copy or write it again."
            .formatted(file, what),
        cause);
  }

  private static String text(JsonNode node, String file) {
    if (!node.isTextual()) {
      throw damaged(file, "its metadata holds " + node + " where the format wants a string", null);
    }
    return node.asText();
  }

  private static Entry entry(String name, JsonNode node, String file) {
    DType dtype;
    try {
      dtype = DType.valueOf(node.path("dtype").asText());
    } catch (IllegalArgumentException e) {
      throw damaged(file, "tensor '%s' has the type %s".formatted(name, node.path("dtype")), e);
    }
    List<Long> offsets = wholeNumbers(name, node.path("data_offsets"), file);
    TensorSpec spec;
    try {
      spec = new TensorSpec(name, dtype, wholeNumbers(name, node.path("shape"), file));
    } catch (IllegalArgumentException e) {
      throw damaged(file, e.getMessage(), e);
    }
    if (offsets.size() != 2 || offsets.get(1) - offsets.get(0) != spec.byteSize()) {
      throw damaged(
          file,
          "tensor '%s' of %s %s needs %d bytes and has the offsets %s"
              .formatted(name, dtype, spec.shape(), spec.byteSize(), offsets),
          null);
    }
    return new Entry(spec, offsets.get(0));
  }

  private static List<Long> wholeNumbers(String name, JsonNode node, String file) {
    List<Long> numbers = new ArrayList<>();
    for (JsonNode item : node) {
      if (!item.isIntegralNumber() || !item.canConvertToLong() || item.asLong() < 0) {
        throw damaged(file, "tensor '%s' has the extent or offset %s".formatted(name, item), null);
      }
      numbers.add(item.asLong());
    }
    if (!node.isArray()) {
      throw damaged(file, "tensor '" + name + "' lacks its shape or offsets", null);
    }
    return numbers;
  }

  /** The format wants the data filled without gap or overlap; both mean a damaged header. */
  private static void requireContiguous(Iterable<Entry> entries, long dataBytes, String file) {
    List<Entry> sorted = new ArrayList<>();
    entries.forEach(sorted::add);
    sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long end = 0;
    for (Entry entry : sorted) {
      if (entry.begin() != end) {
        throw damaged(
            file,
            "tensor '%s' begins at byte %d where %d is free (overlap or gap)"
                .formatted(entry.spec().name(), entry.begin(), end),
            null);
      }
      end = entry.end();
    }
    if (end != dataBytes) {
      throw damaged(
          file,
          "its tensors take %d bytes and %d are there (cut short or overlong)"
              .formatted(end, dataBytes),
          null);
    }
  }
}
