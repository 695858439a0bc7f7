package io.robusttrain.optim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a checkpoint makes of states when a run continues on another number of executors. */
public final class SliceStates {
  private SliceStates() {}

  /** The state of neighbouring slices together, which come in any order. */
  public static SliceState join(List<SliceState> slices) {
    List<SliceState> ordered = new ArrayList<>(slices);
    ordered.sort(Comparator.comparingLong(SliceState::start));
    SliceState first = ordered.get(0);
    int length = slices.stream().mapToInt(SliceState::length).sum();
    Map<String, float[]> moments = new LinkedHashMap<>();
    first.moments().keySet().forEach(name -> moments.put(name, new float[length]));
    for (SliceState slice : ordered) {
      int offset = Math.toIntExact(slice.start() - first.start());
      moments.forEach(
          (name, values) ->
              System.arraycopy(slice.moments().get(name), 0, values, offset, slice.length()));
    }
    return new SliceState(first.start(), length, first.steps(), moments);
  }

  /** The part of a state for a smaller slice. */
  static SliceState cut(SliceState state, int from, int elements) {
    int offset = Math.toIntExact(from - state.start());
    Map<String, float[]> moments = new LinkedHashMap<>();
    state
        .moments()
        .forEach(
            (name, values) ->
                moments.put(name, Arrays.copyOfRange(values, offset, offset + elements)));
    return new SliceState(from, elements, state.steps(), moments);
  }
}
