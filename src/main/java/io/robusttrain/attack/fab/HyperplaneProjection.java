package io.robusttrain.attack.fab;

import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The shortest move, in a norm, that takes a point of the box [0,1] onto a hyperplane without
 * leaving the box; where the hyperplane misses the box, the move into the corner nearest to it.
 * This is the step of FAB (Croce and Hein, 2020). Many pairs of point and hyperplane at once.
 * Stateless and thread-safe.
 *
 * <p>Every coordinate can only move against the sign of its weight, up to the room it has there.
 * Linf and L2 raise one level for all coordinates until enough is covered: the covered distance is
 * a concave, piecewise linear function of the level, so Newton's method from below reaches the
 * exact level in a few passes and nothing is sorted. L1 uses up the coordinates of the largest
 * weights first.
 */
final class HyperplaneProjection {
  /** Weights below this cannot carry a move in L2 and L1: the quotients would overflow. */
  private static final double SMALLEST_WEIGHT = 1e-8;

  private HyperplaneProjection() {}

  /**
   * The move for each row.
   *
   * @param points float32 (N, D) in [0,1]
   * @param weights float32 (N, D), the hyperplanes' normals
   * @param offsets float32 (N): the hyperplane is {@code <weights, z> = offset}
   * @return float32 (N, D), new, in the caller's {@code PointerScope}
   */
  static Tensor move(Norm norm, Tensor points, Tensor weights, Tensor offsets) {
    return Tensors.scoped(
        () -> {
          Tensor gap = rowSum(weights.mul(points)).sub_(offsets.view(-1, 1));
          // Towards the hyperplane: against the weight's sign above it, along the sign below it.
          Tensor upper = gap.ge(new Scalar(0));
          Tensor oriented = torch.where(upper, weights, weights.neg());
          if (norm != Norm.LINF) {
            oriented =
                oriented.masked_fill(oriented.abs().lt(new Scalar(SMALLEST_WEIGHT)), new Scalar(0));
          }
          Tensor room =
              torch.where(oriented.gt(new Scalar(0)), points, points.neg().add_(new Scalar(1)));
          Tensor need = gap.abs();
          Tensor size = oriented.abs();
          Tensor moved =
              switch (norm) {
                case LINF -> {
                  Tensor level = level(size, size.mul(room), room, need);
                  yield torch.minimum(room, level);
                }
                case L2 -> {
                  Tensor level = level(size.square(), size.mul(room), room.div(size), need);
                  yield torch.minimum(room, size.mul(level));
                }
                case L1 -> largestFirst(size, room, need);
              };
          return moved.mul_(oriented.sign_()).neg_();
        });
  }

  /**
   * The smallest level at which {@code sum(min(level * rate, capacity))} of a row reaches its need,
   * or one at which every coordinate is full, where all of them together do not.
   *
   * @param rate float32 (N, D), at least 0
   * @param capacity float32 (N, D), at least 0
   * @param full {@code capacity / rate}, the level at which a coordinate is full; anything where
   *     both are 0
   * @param need float32 (N, 1), at least 0
   * @return float32 (N, 1), in the caller's {@code PointerScope}
   */
  private static Tensor level(Tensor rate, Tensor capacity, Tensor full, Tensor need) {
    Scalar zero = new Scalar(0);
    Tensor level = torch.zeros_like(need);
    boolean risen = true;
    while (risen) {
      try (PointerScope scope = new PointerScope()) {
        Tensor rising = full.gt(level);
        Tensor slope = rowSum(torch.where(rising, rate, zero));
        Tensor spent = rowSum(torch.where(rising, zero, capacity));
        Tensor next = need.sub(spent).div_(slope);
        // Without slope there is nothing left to fill, and the quotient means nothing.
        next = torch.where(slope.gt(zero), next, level);
        risen = next.gt(level).any().item_bool();
        level.put(torch.maximum(next, level));
      }
    }
    return level;
  }

  /** Fills the coordinates in the order of falling weight, the last one in part. */
  private static Tensor largestFirst(Tensor size, Tensor room, Tensor need) {
    T_TensorTensor_T sorted = size.sort(1, true);
    Tensor weight = sorted.get0();
    Tensor limit = room.gather(1, sorted.get1());
    Tensor capacity = weight.mul(limit);
    Tensor before = capacity.cumsum(1).sub_(capacity);
    Tensor filled = need.sub(before).div_(weight).clamp_min_(new Scalar(0)).minimum(limit);
    filled.masked_fill_(weight.eq(new Scalar(0)), new Scalar(0));
    return torch.zeros_like(size).scatter_(1, sorted.get1(), filled);
  }

  private static Tensor rowSum(Tensor values) {
    return values.sum(new long[] {1}, true, new ScalarTypeOptional());
  }
}
