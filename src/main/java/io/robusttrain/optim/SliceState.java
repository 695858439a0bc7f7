package io.robusttrain.optim;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * The state of an optimiser for elements {@code [start, start + length)} of the flat vector, for
 * checkpoints. The arrays are the state's own: neither the optimiser nor the caller changes them.
 *
 * @param start the slice's first element in the flat vector
 * @param length its elements
 * @param steps the updates done so far
 * @param moments by PyTorch's names, each of {@code length} floats; 0 where the slice holds running
 *     statistics. Averages of the weights are among them, statistics included
 */
public record SliceState(long start, int length, long steps, Map<String, float[]> moments)
    implements Serializable {
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
}
