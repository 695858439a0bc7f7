package io.robusttrain.checkpoint.tensors;

import java.util.List;
import java.util.Objects;

/**
 * Name, element type and shape of a tensor in a file. A scalar has the empty shape.
 *
 * @param name the tensor's name, not empty; {@code __metadata__} is reserved by the format
 * @param dtype element type
 * @param shape extents, each at least 0
 */
public record TensorSpec(String name, DType dtype, List<Long> shape) {
  static final String METADATA = "__metadata__";

  /**
   * Checks that a file can hold such a tensor.
   *
   * @throws IllegalArgumentException if the name is empty or reserved, an extent is negative, or
   *     the size overflows 64 bits
   */
  public TensorSpec {
    Objects.requireNonNull(dtype, "dtype");
    if (name.isEmpty() || name.equals(METADATA)) {
      throw new IllegalArgumentException("'" + name + "' cannot name a tensor.");
    }
    shape = List.copyOf(shape);
    try {
      long bytes = dtype.bytes();
      for (long extent : shape) {
        if (extent < 0) {
          throw new IllegalArgumentException(
              "Tensor '" + name + "' has a negative extent in shape " + shape + ".");
        }
        bytes = Math.multiplyExact(bytes, extent);
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "Tensor '" + name + "' of shape " + shape + " has more bytes than 64 bits can count.", e);
    }
  }

  /** Number of elements. */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** Bytes of the data in the file. */
  public long byteSize() {
    return elements() * dtype.bytes();
  }
}
