package io.robusttrain.attack;

import io.robusttrain.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The nearest point, in Euclidean distance, of an L1 ball cut with the box [0,1] (Croce and Hein,
 * "Mind the box", 2021). Thread-safe.
 *
 * <p>The clean image is in the box, so no change keeps another sign than the candidate's, and
 * change i may grow to a limit: its distance to the box in that direction. The solution is {@code
 * clamp(|change| - t, 0, limit)} with the smallest t at least 0 for which the sum fits the radius.
 * That sum is piecewise linear in t with kinks at {@code |change|} and {@code |change| - limit};
 * sorting the kinks finds t exactly.
 */
public final class L1Projection {
  private L1Projection() {}

  /**
   * Projects changes.
   *
   * @param delta float32 (B, C, H, W), the candidate minus the clean image
   * @param clean float32 (B, C, H, W) in [0,1]
   * @param radius of the ball, at least 0
   * @return float32 (B, C, H, W), new, in the caller's {@code PointerScope}
   */
  public static Tensor project(Tensor delta, Tensor clean, double radius) {
    return Tensors.scoped(
        () -> {
          Tensor change = delta.flatten(1, -1);
          Tensor base = clean.flatten(1, -1);
          Tensor size = change.abs();
          Tensor room = base.neg().add_(new Scalar(1.0));
          Tensor limit = torch.where(change.gt(new Scalar(0.0)), room, base);
          Tensor threshold = threshold(size, limit, radius);
          Tensor kept = size.sub(threshold).clamp_min_(new Scalar(0.0)).minimum(limit);
          return kept.mul_(change.sign()).view_as(delta);
        });
  }

  /**
   * The smallest t of each row; float32 (B, 1).
   *
   * @param size float32 (B, D)
   * @param limit float32 (B, D)
   */
  private static Tensor threshold(Tensor size, Tensor limit, double radius) {
    ScalarTypeOptional wide = new ScalarTypeOptional(torch.ScalarType.Double);
    Tensor kinks = torch.cat(new TensorVector(size, size.sub(limit)), 1);
    T_TensorTensor_T sorted = kinks.sort(1, true);
    // From above, a change starts to count at its size and stops growing at size - limit.
    Tensor starts = sorted.get1().lt(new Scalar(size.size(1)));
    Tensor turn = starts.to(torch.ScalarType.Long).mul_(new Scalar(2L)).sub_(new Scalar(1L));
    Tensor slope = turn.cumsum(1);
    // Sums over a large image lose digits in float32.
    Tensor at = sorted.get0().to(torch.ScalarType.Double);
    long last = at.size(1) - 1;
    Tensor gaps = at.narrow(1, 0, last).sub(at.narrow(1, 1, last));
    Tensor sums = gaps.mul_(slope.narrow(1, 0, last)).cumsum(1, wide);
    // The sum at kink 0 is 0; the last kink whose sum still fits begins the segment with t.
    Tensor fitting = sums.le(new Scalar(radius)).sum(1).unsqueeze(1);
    Tensor padded = torch.cat(new TensorVector(torch.zeros_like(sums.narrow(1, 0, 1)), sums), 1);
    Tensor rest = padded.gather(1, fitting).neg_().add_(new Scalar(radius));
    Tensor rise = slope.gather(1, fitting).clamp_min_(new Scalar(1L));
    Tensor threshold = at.gather(1, fitting).sub_(rest.div_(rise));
    return threshold.clamp_min_(new Scalar(0.0)).to(torch.ScalarType.Float);
  }
}
