package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.pytorch.PickleValue.TensorRef;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The elements of a view in the order of its axes, the last one fastest. */
final class RowMajor {
  private RowMajor() {}

  /**
   * The bytes of a tensor's elements in row-major order, without copying them if they lie so.
   *
   * @param storage all bytes of the tensor's storage
   * @param order the order of the bytes in an element
   */
  static ByteBuffer bytes(TensorRef tensor, byte[] storage, ByteOrder order) {
    int width = tensor.storage().dtype().bytes();
    long elements = tensor.shape().stream().reduce(1L, (a, b) -> a * b);
    int begin = Math.toIntExact(tensor.offset() * width);
    ByteBuffer source = ByteBuffer.wrap(storage);
    if (elements == 0 || isContiguous(tensor)) {
      return source.slice(begin, Math.toIntExact(elements * width)).order(order);
    }
    ByteBuffer target = ByteBuffer.allocate(Math.toIntExact(elements * width));
    int axes = tensor.shape().size();
    long[] index = new long[axes];
    long element = tensor.offset();
    while (target.hasRemaining()) {
      target.put(target.position(), source, (int) (element * width), width);
      target.position(target.position() + width);
      int axis = axes - 1;
      while (axis >= 0 && ++index[axis] == tensor.shape().get(axis)) {
        element -= (index[axis] - 1) * tensor.strides().get(axis);
        index[axis] = 0;
        axis--;
      }
      if (axis >= 0) {
        element += tensor.strides().get(axis);
      }
    }
    return target.flip().order(order);
  }

  private static boolean isContiguous(TensorRef tensor) {
    long expected = 1;
    for (int axis = tensor.shape().size() - 1; axis >= 0; axis--) {
      long extent = tensor.shape().get(axis);
      if (extent != 1 && tensor.strides().get(axis) != expected) {
        return false;
      }
      expected *= extent;
    }
    return true;
  }
}
