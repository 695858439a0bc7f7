package io.robusttrain.attack;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A batch of images with every value in [0,1], checked once: attacks and evaluation accept nothing
 * else, so that a radius always means the same. Normalisation belongs to the model.
 *
 * <p>Borrows its tensor: it lives as long as the {@code PointerScope} that owns the tensor.
 */
public final class Pixels {
  private final Tensor tensor;

  private Pixels(Tensor tensor) {
    this.tensor = tensor;
  }

  /**
   * Takes a batch of pixels; reads it once for its range.
   *
   * @param tensor float32, or float64 beside a model in float64, (B, C, H, W) in [0,1], not empty;
   *     borrowed
   * @throws IllegalArgumentException if the tensor has another type or shape, or a value outside
   *     [0,1], NaN included
   */
  public static Pixels of(Tensor tensor) {
    torch.ScalarType type = tensor.scalar_type().intern();
    boolean floating = type == torch.ScalarType.Float || type == torch.ScalarType.Double;
    if (!floating || tensor.dim() != 4) {
      throw new IllegalArgumentException(
          "pixels must be float32 or float64 of shape (B, C, H, W), got %s with %d dimensions"
              .formatted(type, tensor.dim()));
    }
    if (tensor.numel() == 0) {
      throw new IllegalArgumentException("a batch of pixels must not be empty");
    }
    try (PointerScope scope = new PointerScope()) {
      T_TensorTensor_T range = tensor.detach().aminmax();
      double low = range.get0().item_double();
      double high = range.get1().item_double();
      // A NaN anywhere makes both ends NaN and fails the comparison.
      if (!(low >= 0 && high <= 1)) {
        throw new IllegalArgumentException(
            "pixels must lie in [0,1], found %s to %s: divide 8-bit values by 255 and leave mean and deviation to the model"
                .formatted(low, high));
      }
    }
    return new Pixels(tensor);
  }

  /** Wraps the output of a projection onto [0,1]. */
  public static Pixels projected(Tensor tensor) {
    return new Pixels(tensor);
  }

  /** The batch, (B, C, H, W); borrowed. */
  public Tensor tensor() {
    return tensor;
  }

  /** The number of images B. */
  public int count() {
    return Math.toIntExact(tensor.size(0));
  }
}
