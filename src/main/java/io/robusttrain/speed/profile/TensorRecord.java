package io.robusttrain.speed.profile;

import com.fasterxml.jackson.databind.JsonNode;
import io.robusttrain.base.Json;
import io.robusttrain.base.JsonException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What libtorch's execution trace says: the operations of a thread in the order in which they end.
 */
final class TensorRecord {
  /** Roots of the tree: the process, and a node for each thread. */
  private static final String ROOT = "[pytorch|profiler|execution_trace|";

  /**
   * Of a tensor: its id, its storage's, the offset, the number of elements, their size, a device.
   */
  private static final int TENSOR_FIELDS = 6;

  private final List<Operation> read = new ArrayList<>();
  private final List<Long> callers = new ArrayList<>();
  private final Map<Long, Integer> places = new HashMap<>();

  private TensorRecord() {}

  /**
   * Reads a file.
   *
   * @throws ProfileException if it is not what libtorch 2.10 writes
   */
  static List<Operation> read(Path file) throws IOException {
    TensorRecord trace = new TensorRecord();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      Json.forEach(in, "nodes", trace::add);
    } catch (JsonException damaged) {
      throw new ProfileException(
          "libtorch's record of a step cannot be read (%s): free some space in %s, or time the step without --profile"
              .formatted(damaged.getMessage(), file.getParent()),
          damaged);
    }
    return trace.linked();
  }

  private void add(JsonNode node) {
    String name = Json.text(node, "name");
    long id = Json.whole(node, "id");
    if (name.startsWith(ROOT)) {
      return;
    }
    places.put(id, read.size());
    callers.add(Json.whole(node, "ctrl_deps"));
    read.add(
        new Operation(
            name,
            -1,
            false,
            tensors(Json.field(node, "inputs")),
            tensors(Json.field(node, "outputs"))));
  }

  /** Callers end after what they call, so their places are known only now. */
  private List<Operation> linked() {
    List<Operation> linked = new ArrayList<>();
    // Nodes are numbered as they begin, and the thread that computes the step begins.
    long first = places.keySet().stream().min(Long::compare).map(this::root).orElse(-1L);
    for (int i = 0; i < read.size(); i++) {
      Operation operation = read.get(i);
      linked.add(
          new Operation(
              operation.name(),
              places.getOrDefault(callers.get(i), -1),
              root(callers.get(i)) != first,
              operation.inputs(),
              operation.outputs()));
    }
    return linked;
  }

  /** The thread of a node. */
  private long root(long id) {
    long node = id;
    while (places.containsKey(node)) {
      node = callers.get(places.get(node));
    }
    return node;
  }

  private static List<TensorUse> tensors(JsonNode side) {
    List<TensorUse> found = new ArrayList<>();
    collect(
        Json.field(side, "values"), Json.field(side, "shapes"), Json.field(side, "strides"), found);
    return found;
  }

  private static void collect(
      JsonNode values, JsonNode shapes, JsonNode strides, List<TensorUse> found) {
    for (int i = 0; i < values.size(); i++) {
      JsonNode value = values.get(i);
      if (isTensor(value)) {
        found.add(tensor(value, shapes.path(i), strides.path(i)));
      } else if (value.isArray()) {
        collect(value, shapes.path(i), strides.path(i), found);
      }
    }
  }

  private static boolean isTensor(JsonNode value) {
    if (!value.isArray() || value.size() != TENSOR_FIELDS || !value.get(5).isTextual()) {
      return false;
    }
    for (int i = 0; i < TENSOR_FIELDS - 1; i++) {
      if (!value.get(i).isIntegralNumber()) {
        return false;
      }
    }
    return true;
  }

  private static TensorUse tensor(JsonNode value, JsonNode sizes, JsonNode strides) {
    long bytes = value.get(3).asLong() * value.get(4).asLong();
    List<Integer> shape = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      int size = sizes.get(i).asInt();
      shape.add(size);
      // Expanded: every index is the same place.
      if (size > 1 && strides.path(i).asLong(1) == 0) {
        bytes /= size;
      }
    }
    return new TensorUse(value.get(1).asLong(), shape, bytes);
  }
}
