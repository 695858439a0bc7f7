package io.robusttrain.tensor;

import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The precision of a forward. Weights stay float32 and so do their gradients, for a backward pass
 * takes each operation's precision from its forward.
 */
public enum Precision {
  FP32 {
    @Override
    public Tensor run(ComputeDevice device, Supplier<Tensor> forward) {
      return forward.get();
    }
  },
  /**
   * bfloat16 where libtorch's autocast holds it safe: matrix products, convolutions, attention;
   * float32 elsewhere.
   */
  BF16 {
    @Override
    public Tensor run(ComputeDevice device, Supplier<Tensor> forward) {
      DeviceType type = device.type();
      boolean enabled = torch.is_autocast_enabled(type);
      ScalarType dtype = torch.get_autocast_dtype(type);
      boolean cached = torch.is_autocast_cache_enabled();
      try {
        torch.set_autocast_enabled(type, true);
        torch.set_autocast_dtype(type, ScalarType.BFloat16);
        // The cache of casts knows neither that weights were changed in place nor whether gradients
        // were recorded when it was filled. A forward uses a weight once, so it would save nothing.
        torch.set_autocast_cache_enabled(false);
        return forward.get();
      } finally {
        torch.set_autocast_cache_enabled(cached);
        torch.set_autocast_dtype(type, dtype);
        torch.set_autocast_enabled(type, enabled);
      }
    }
  };

  /**
   * Runs a forward in this precision. Autocast belongs to the thread; its state is put back, also
   * after an exception.
   *
   * @param device where the forward computes
   * @param forward may record gradients; its backward pass must come later
   * @return what {@code forward} returns, of whichever type
   */
  public abstract Tensor run(ComputeDevice device, Supplier<Tensor> forward);

  /** As {@link #run}; the result is float32 at least, so that losses are too. */
  public Tensor logits(ComputeDevice device, Supplier<Tensor> forward) {
    Tensor result = run(device, forward);
    return switch (result.scalar_type().intern()) {
      case Float, Double -> result;
      default -> Tensors.scoped(() -> result.to(ScalarType.Float));
    };
  }
}
