package io.robusttrain.model;

import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * timm's initial distribution: linear layers and the class token truncated normal of deviation
 * 0.02, convolutions as PyTorch's default, norms 1 and 0, layer scales eta, temperatures 1. Each
 * tensor draws from its own name, so the values do not depend on the order.
 */
final class XcitInitializer {
  private static final double DEVIATION = 0.02;

  /** timm truncates at plus and minus 2, not at two deviations. */
  private static final double BOUND = 2;

  private XcitInitializer() {}

  static void fill(XcitConfig config, FlatParameters parameters, SeedKey key) {
    for (ParameterSpec spec : parameters.layout().specs()) {
      try (PointerScope scope = new PointerScope()) {
        Tensor target =
            parameters.values().narrow(0, parameters.layout().offset(spec.name()), spec.elements());
        draw(config, spec, target, key.with(spec.name()), parameters.device());
      }
    }
  }

  private static void draw(
      XcitConfig config, ParameterSpec spec, Tensor target, SeedKey key, ComputeDevice device) {
    String name = spec.name();
    if (name.contains(".gamma")) {
      target.fill_(new Scalar(config.eta()));
    } else if (name.startsWith("pos_embed.token_projection")) {
      uniform(target, key, XcitLayout.FOURIER, device);
    } else if (name.contains(".local_mp.conv")) {
      uniform(target, key, 9, device);
    } else if (name.startsWith("patch_embed.") && spec.shape().size() == 4) {
      uniform(target, key, 9 * spec.shape().get(1), device);
    } else if (name.equals("cls_token") || spec.shape().size() == 2) {
      target.copy_(
          Tensors.normal(key, 0, DEVIATION, device, spec.elements())
              .clamp_(
                  new ScalarOptional(new Scalar(-BOUND)), new ScalarOptional(new Scalar(BOUND))));
    } else {
      boolean one =
          name.endsWith(".weight") || name.endsWith(".running_var") || name.endsWith("temperature");
      target.fill_(new Scalar(one ? 1f : 0f));
    }
  }

  /** Kaiming uniform with a = sqrt(5), and PyTorch's bias: both within 1 / sqrt(fan in). */
  private static void uniform(Tensor target, SeedKey key, long fanIn, ComputeDevice device) {
    double bound = 1 / Math.sqrt((double) fanIn);
    target.copy_(Tensors.uniform(key, -bound, bound, device, target.numel()));
  }
}
