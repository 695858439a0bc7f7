package io.robusttrain.tensor;

import com.google.errorprone.annotations.Immutable;
import java.io.Serializable;
import java.util.List;

/**
 * One named tensor of a model.
 *
 * @param name its name in timm's state dict, without prefix
 * @param shape its sizes
 * @param segment where in the flat vector it lives
 */
@Immutable
@SuppressWarnings("Immutable") // List.copyOf in the constructor
public record ParameterSpec(String name, List<Long> shape, Segment segment)
    implements Serializable {
  public ParameterSpec {
    shape = List.copyOf(shape);
  }

  /** A parameter that takes gradients, in timm's weight-decay group. */
  public static ParameterSpec parameter(String name, long... shape) {
    // timm: no decay for tensors of at most one dimension, for biases, for learned tokens and for
    // tables of positions.
    boolean undecayed =
        shape.length <= 1
            || name.endsWith(".bias")
            || name.equals("cls_token")
            || name.equals("reg_token")
            || name.equals("pos_embed")
            || name.endsWith(".relative_position_bias_table");
    return new ParameterSpec(name, boxed(shape), undecayed ? Segment.UNDECAYED : Segment.DECAYED);
  }

  /** A running statistic of batch norm. */
  public static ParameterSpec statistic(String name, long... shape) {
    return new ParameterSpec(name, boxed(shape), Segment.STATISTICS);
  }

  /** The number of elements, 1 for a scalar. */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** The shape as libtorch takes it. */
  public long[] sizes() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  private static List<Long> boxed(long[] shape) {
    return java.util.Arrays.stream(shape).boxed().toList();
  }
}
