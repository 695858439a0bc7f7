package io.robusttrain.speed.profile;

import java.util.List;

/**
 * A tensor that an operation takes or gives.
 *
 * @param storage the memory that it lies in: the same number, the same memory
 * @param shape its sizes
 * @param bytes of its elements, each place in memory once, however often it is expanded
 */
record TensorUse(long storage, List<Integer> shape, long bytes) {
  TensorUse {
    shape = List.copyOf(shape);
  }
}
