package io.robusttrain.optim;

import java.io.Serializable;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The state of an optimiser for elements {@code [start, start + length)} of the flat vector, for
 * checkpoints. Slices can be joined and cut anew, so a run continues on another number of
 * executors. The arrays are the state's own: neither the optimiser nor the caller changes them.
 *
 * @param start the slice's first element in the flat vector
 * @param length its elements
 * @param steps the updates done so far
 * @param moments by PyTorch's names, each of {@code length} floats; 0 where the slice holds running
 *     statistics. Averages of the weights are among them, statistics included
 */
public record SliceState(long start, int length, long steps, Map<String, float[]> moments)
    implements Serializable {
  /** Checks the lengths. */
  public SliceState {
    moments = new TreeMap<>(moments);
    moments.forEach(
        (name, values) -> {
          if (values.length != length) {
            throw new IllegalArgumentException(
                "%s has %d elements, its slice %d".formatted(name, values.length, length));
          }
        });
  }

  /** One past the slice's last element in the flat vector. */
  public long end() {
    return start + length;
  }

  /**
   * The state of all slices together.
   *
   * @param slices in any order
   * @throws IllegalArgumentException if they leave gaps, overlap or differ in steps or moments
   */
  public static SliceState join(List<SliceState> slices) {
    List<SliceState> ordered =
        slices.stream().sorted(Comparator.comparingLong(SliceState::start)).toList();
    SliceState first = ordered.get(0);
    long next = first.start;
    for (SliceState slice : ordered) {
      if (slice.start != next) {
        throw new IllegalArgumentException(
            "optimiser slices do not fit together: one ends at element %d, the next begins at %d"
                .formatted(next, slice.start));
      }
      if (slice.steps != first.steps || !slice.moments.keySet().equals(first.moments.keySet())) {
        throw new IllegalArgumentException(
            "optimiser slices are of different moments: %s after %d steps, %s after %d"
                .formatted(
                    first.moments.keySet(), first.steps, slice.moments.keySet(), slice.steps));
      }
      next = slice.end();
    }
    int length = Math.toIntExact(next - first.start);
    Map<String, float[]> joined = new LinkedHashMap<>();
    for (String name : first.moments.keySet()) {
      float[] values = new float[length];
      for (SliceState slice : ordered) {
        int offset = Math.toIntExact(slice.start - first.start);
        System.arraycopy(slice.moments.get(name), 0, values, offset, slice.length);
      }
      joined.put(name, values);
    }
    return new SliceState(first.start, length, first.steps, joined);
  }

  /**
   * The part of this state for a smaller slice, copied.
   *
   * @throws IllegalArgumentException if the slice is not inside this one
   */
  public SliceState cut(long from, int elements) {
    if (from < start || elements < 0 || from + elements > end()) {
      throw new IllegalArgumentException(
          "slice [%d, %d) is not inside the state's [%d, %d)"
              .formatted(from, from + elements, start, end()));
    }
    int offset = Math.toIntExact(from - start);
    Map<String, float[]> parts = new LinkedHashMap<>();
    moments.forEach(
        (name, values) ->
            parts.put(name, java.util.Arrays.copyOfRange(values, offset, offset + elements)));
    return new SliceState(from, elements, steps, parts);
  }
}
