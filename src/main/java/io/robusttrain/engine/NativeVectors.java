package io.robusttrain.engine;

import java.util.List;

/**
 * A replica's flat vectors in the memory of its process, as float32 in the machine's byte order.
 * They belong to the worker and are where they are until it is closed.
 *
 * @param weights the address of the weights (P)
 * @param gradients the address of their gradients (P)
 * @param size their elements, P
 * @param partEnds where the contiguous parts of the gradients end of which the worker tells when
 *     they are complete: ascending, the last is P, the same for all workers of a run
 */
public record NativeVectors(long weights, long gradients, int size, List<Integer> partEnds) {
  public NativeVectors {
    partEnds = List.copyOf(partEnds);
    if (partEnds.isEmpty() || partEnds.get(partEnds.size() - 1) != size) {
      throw new IllegalArgumentException(
          "parts that end at %s are not those of %d elements".formatted(partEnds, size));
    }
  }
}
