package io.robusttrain.oracle;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A small relative change of everything that a computation starts from: what a float32 run may
 * differ from the exact one by, measured on the computation itself.
 *
 * <p>A sum of n products in floating point is the exact sum of products that were each changed by a
 * relative amount of at most about sqrt(n) u, where u is {@link Rounding#UNIT} and roundings are as
 * likely up as down (Higham and Mary, "A New Approach to Probabilistic Rounding Error Analysis",
 * 2019). So the same computation in float64, with every weight and pixel moved up or down by that
 * amount, errs as float32 does or more, on any processor, whatever the order in which it sums. The
 * largest change over a few such runs, {@link Spread}, is the bound: it has the condition of the
 * computation in it, and no number that somebody chose.
 *
 * @param number of this change; 0 changes nothing
 * @param size relative, of every element
 */
public record Perturbation(int number, double size) {
  /** Nothing moves. */
  public static final Perturbation NONE = new Perturbation(0, 0);

  /** The relative backward error of float32 sums with up to that many terms. */
  public static double ofSums(long terms) {
    return Math.sqrt((double) terms) * Rounding.UNIT;
  }

  /** Moves every element up or down by the relative size, in place. */
  public void move(Tensor tensor, String name) {
    if (number == 0) {
      return;
    }
    try (PointerScope scope = new PointerScope();
        NoGradGuard inPlace = new NoGradGuard()) {
      SeedKey key = SeedKey.of(number).with(name);
      Tensor signs =
          Tensors.uniform(key, -1, 1, ComputeDevice.CPU, tensor.sizes().vec().get()).sign();
      Tensor factors = signs.to(tensor.scalar_type()).mul_(new Scalar(size)).add_(new Scalar(1.0));
      tensor.mul_(factors);
    }
  }

  /** A tensor with its graph whose elements, and the gradients through them, are moved alike. */
  public Tensor moved(Tensor tensor, String name) {
    if (number == 0) {
      return tensor;
    }
    Tensor factors = torch.ones_like(tensor.detach());
    move(factors, name);
    return tensor.mul(factors);
  }

  /**
   * Logits whose gradient is moved as much as float32 may have it wrong. Cross entropy's gradient
   * at a logit is p - y, of which p is rounded: where a label is almost certain, little else is
   * left.
   *
   * @param logits (B, K)
   * @param labels int64 (B)
   * @return the same values; in a backward pass each gradient comes with a relative error of the
   *     size times p / |p - y|, at most a half
   */
  public Tensor moveGradients(Tensor logits, Tensor labels) {
    if (number == 0) {
      return logits;
    }
    Tensor p = logits.detach().softmax(1);
    Tensor slopes =
        p.clone()
            .scatter_add_(
                1, labels.unsqueeze(1), torch.full_like(p, new Scalar(-1.0)).narrow(1, 0, 1));
    Tensor errors = torch.ones_like(p);
    move(errors, "softmax");
    errors
        .sub_(torch.ones_like(p))
        .mul_(p)
        .div_(slopes.abs())
        .clamp_(new ScalarOptional(new Scalar(-0.5)), new ScalarOptional(new Scalar(0.5)));
    Tensor tilted = logits.mul(errors);
    return logits.add(tilted).sub(tilted.detach());
  }
}
