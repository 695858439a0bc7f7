package io.robusttrain.speed.profile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Counts of the operations of a step, by model and operation, and what is recorded of them. */
final class StepCounts {
  static final Path FILE = Path.of("src", "test", "resources", "step-counts.tsv");

  /** The system property with which {@link StepCountsTest} writes the file first. */
  static final String RECORD = "robusttrain.test.record-step-counts";

  private static final String HEAD =
      """
      # Operations of one FGSM step as libtorch dispatches them: compared by StepCountsTest, which also says how to write this file anew.
      # model\toperation\tcalls\tbytes moved\tallocations\tbytes allocated
      """;

  private StepCounts() {}

  /**
   * Costs by operation, without what differs between processors: oneDNN chooses the layout of a
   * convolution's gradient by the instructions that there are, and the next convolution backwards
   * copies it or not.
   */
  static SortedMap<String, Cost> of(Census census) {
    List<Operation> operations = census.operations();
    boolean[] leftOut = new boolean[operations.size()];
    SortedMap<String, Cost> costs = new TreeMap<>();
    // Callers come behind what they call.
    for (int i = operations.size() - 1; i >= 0; i--) {
      Operation operation = operations.get(i);
      int parent = operation.parent();
      leftOut[i] =
          parent >= 0
              && (leftOut[parent]
                  || (operation.name().equals("aten::contiguous")
                      && operations.get(parent).name().equals("aten::convolution_backward")));
      if (!leftOut[i]) {
        costs.merge(operation.name(), census.cost(i), Cost::plus);
      }
    }
    return costs;
  }

  static Map<String, SortedMap<String, Cost>> read() throws IOException {
    Map<String, SortedMap<String, Cost>> models = new TreeMap<>();
    for (String line : Files.readAllLines(FILE)) {
      if (!line.startsWith("#")) {
        String[] cells = line.split("\t", -1);
        models
            .computeIfAbsent(cells[0], model -> new TreeMap<>())
            .put(
                cells[1],
                new Cost(
                    Long.parseLong(cells[2]),
                    0,
                    0,
                    Long.parseLong(cells[3]),
                    Long.parseLong(cells[4]),
                    Long.parseLong(cells[5])));
      }
    }
    return models;
  }

  static void write(Map<String, SortedMap<String, Cost>> models) throws IOException {
    StringBuilder text = new StringBuilder(HEAD);
    models.forEach(
        (model, operations) ->
            operations.forEach(
                (name, cost) ->
                    text.append(
                        "%s\t%s\t%d\t%d\t%d\t%d\n"
                            .formatted(
                                model,
                                name,
                                cost.calls(),
                                cost.bytesMoved(),
                                cost.allocations(),
                                cost.allocatedBytes()))));
    Files.writeString(FILE, text);
  }

  /** A line for each figure of each operation that is not as recorded. */
  static List<String> differences(
      SortedMap<String, Cost> recorded, SortedMap<String, Cost> counted) {
    TreeSet<String> names = new TreeSet<>(recorded.keySet());
    names.addAll(counted.keySet());
    List<String> differences = new ArrayList<>();
    for (String name : names) {
      Cost before = recorded.getOrDefault(name, Cost.NONE);
      Cost now = counted.getOrDefault(name, Cost.NONE);
      difference(differences, name, "calls", before.calls(), now.calls());
      difference(differences, name, "bytes moved", before.bytesMoved(), now.bytesMoved());
      difference(differences, name, "allocations", before.allocations(), now.allocations());
      difference(
          differences, name, "bytes allocated", before.allocatedBytes(), now.allocatedBytes());
    }
    return differences;
  }

  private static void difference(
      List<String> differences, String name, String what, long before, long now) {
    if (before != now) {
      differences.add(
          "%s: %,d %s recorded, %,d now (%+,d)".formatted(name, before, what, now, now - before));
    }
  }

  /** What to do about differences, those for the better included. */
  static String remedy() {
    return "a step has other operations than recorded in %s. If that is what the change is for, fewer included, record it: mvn -pl src surefire:test@default-test -Dtest=StepCountsTest -D%s=true, and commit the file with the change"
        .formatted(FILE, RECORD);
  }
}
