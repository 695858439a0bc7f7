package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The values and marks that a pickle machine works on, and its memory of values by number. */
final class PickleStack {
  private final List<PickleValue> values = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  // A map: the numbers come from the file, and an array of the largest would be a bomb.
  private final Map<Long, PickleValue> memory = new HashMap<>();
  private final Function<String, CheckpointException> damaged;

  PickleStack(Function<String, CheckpointException> damaged) {
    this.damaged = damaged;
  }

  boolean isEmpty() {
    return values.isEmpty() && marks.isEmpty();
  }

  void push(PickleValue value) {
    values.add(value);
  }

  void mark() {
    marks.add(values.size());
  }

  /** The last value above the last mark. */
  PickleValue top() {
    requireAboveMark(1);
    return values.get(values.size() - 1);
  }

  PickleValue pop() {
    requireAboveMark(1);
    return values.remove(values.size() - 1);
  }

  /** Takes the last {@code count} values off, in the order in which they came. */
  List<PickleValue> pop(int count) {
    requireAboveMark(count);
    return takeFrom(values.size() - count);
  }

  /** Takes off everything above the last mark, and the mark. */
  List<PickleValue> popToMark() {
    if (marks.isEmpty()) {
      throw damaged.apply("a mark is missing");
    }
    return takeFrom(marks.remove(marks.size() - 1));
  }

  /** Remembers the last value under a number. */
  void remember(long number) {
    memory.put(number, top());
  }

  /** Remembers the last value under the next number. */
  void remember() {
    remember(memory.size());
  }

  /** Pushes the value that was remembered under a number. */
  void recall(long number) {
    PickleValue value = memory.get(number);
    if (value == null) {
      throw damaged.apply("no value was remembered as number " + number);
    }
    push(value);
  }

  private List<PickleValue> takeFrom(int index) {
    List<PickleValue> tail = values.subList(index, values.size());
    List<PickleValue> taken = List.copyOf(tail);
    tail.clear();
    return taken;
  }

  private void requireAboveMark(int count) {
    int floor = marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    if (values.size() - floor < count) {
      throw damaged.apply("%d values are taken where fewer are".formatted(count));
    }
  }
}
