package io.robusttrain.checkpoint.tensors;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Compares the tensors a model wants with those a file has; every difference is told at once. */
public final class TensorNames {
  private static final int SHOWN = 8;

  private TensorNames() {}

  /**
   * The differences, one sentence a kind: missing, unexpected, of another shape. Empty if the file
   * fits. Element types are left to the reading.
   */
  private static List<String> compare(
      Map<String, List<Long>> expected, Collection<TensorSpec> actual) {
    Map<String, List<Long>> rest = new HashMap<>();
    actual.forEach(spec -> rest.put(spec.name(), spec.shape()));
    List<String> missing = new ArrayList<>();
    List<String> reshaped = new ArrayList<>();
    expected.forEach(
        (name, shape) -> {
          List<Long> found = rest.remove(name);
          if (found == null) {
            missing.add(name);
          } else if (!found.equals(shape)) {
            reshaped.add("%s is %s instead of %s".formatted(name, found, shape));
          }
        });
    List<String> unexpected =
        actual.stream().map(TensorSpec::name).filter(rest::containsKey).toList();
    List<String> problems = new ArrayList<>();
    describe("missing", missing, problems);
    describe("unexpected", unexpected, problems);
    describe("of another shape", reshaped, problems);
    return problems;
  }

  /**
   * Refuses a file whose tensors are not those of an architecture; the message tells every
   * difference.
   *
   * @param model name of the wanted architecture
   * @throws CheckpointException if the file does not fit
   */
  public static void require(
      String model, Map<String, List<Long>> expected, SafetensorsFile actual) {
    List<String> problems = compare(expected, actual.tensors());
    if (!problems.isEmpty()) {
      throw new CheckpointException(
          "%s does not hold the weights of %s: %s. Use a file of the same architecture or change the model."
              .formatted(actual.path(), model, String.join("; ", problems)));
    }
  }

  private static void describe(String kind, List<String> items, List<String> problems) {
    if (!items.isEmpty()) {
      String rest = items.size() > SHOWN ? " and " + (items.size() - SHOWN) + " more" : "";
      problems.add(
          items.stream()
              .limit(SHOWN)
              .collect(
                  Collectors.joining(", ", items.size() + " tensors " + kind + " (", rest + ")")));
    }
  }
}
