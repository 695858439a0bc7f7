package io.robusttrain.speed.profile;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the operations of one step move and ask for, by what libtorch dispatches: blind to what
 * happens inside of an operation.
 */
final class Census {
  private final List<Operation> operations;
  private final long[] moved;
  private final long[] largestBelow;
  private final long[] allocated;
  private final boolean[] allocatesBelow;

  /** Counts operations, each listed after those that it calls. */
  Census(List<Operation> operations) {
    this.operations = List.copyOf(operations);
    int count = operations.size();
    moved = new long[count];
    largestBelow = new long[count];
    allocated = new long[count];
    allocatesBelow = new boolean[count];
    for (int i = 0; i < count; i++) {
      count(i);
    }
  }

  private void count(int place) {
    Operation operation = operations.get(place);
    if (!OperationKind.delegates(operation)
        && (OperationKind.kernel(operation) || !leavesWorkToOthers(place))) {
      moved[place] = operation.bytes();
    }
    if (!allocatesBelow[place]) {
      allocated[place] = newBytes(operation);
    }
    if (operation.parent() >= 0) {
      int parent = operation.parent();
      largestBelow[parent] =
          Math.max(largestBelow[parent], Math.max(largestBelow[place], moved[place]));
      allocatesBelow[parent] |= allocatesBelow[place] || allocated[place] > 0;
    }
  }

  /** Whether what it calls moves as much as it could move itself: one of them does the work. */
  private boolean leavesWorkToOthers(int place) {
    return largestBelow[place] > 0 && 2 * largestBelow[place] >= operations.get(place).bytes();
  }

  /** Bytes of results that lie in no memory that was given, or in more of it than was given. */
  private static long newBytes(Operation operation) {
    if (OperationKind.of(operation) == OperationKind.AUTOGRAD) {
      return 0;
    }
    Map<Long, Long> given =
        operation.inputs().stream()
            .collect(Collectors.toMap(TensorUse::storage, TensorUse::bytes, Math::max));
    Set<Long> seen = new HashSet<>();
    long bytes = 0;
    for (TensorUse output : operation.outputs()) {
      boolean grown =
          operation.name().equals("aten::resize_")
              && output.bytes() > given.getOrDefault(output.storage(), 0L);
      if (seen.add(output.storage()) && (grown || !given.containsKey(output.storage()))) {
        bytes += output.bytes();
      }
    }
    return bytes;
  }

  List<Operation> operations() {
    return Collections.unmodifiableList(operations);
  }

  /** What the operation at a place costs, without its time. */
  Cost cost(int place) {
    return new Cost(1, 0, 0, moved[place], allocated[place] > 0 ? 1 : 0, allocated[place]);
  }
}
