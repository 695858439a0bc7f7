package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The competition between channels of ConvNeXt V2 (Woo et al., 2023): each channel is scaled by its
 * length over the image as a share of the mean length of all channels. It starts as the identity.
 */
public final class GlobalResponseNorm {
  private static final double EPSILON = 1e-6;

  /** The square of a channel's least length: the root's slope has no bound at 0. */
  private static final double FLOOR = 1e-24;

  private static final long[] PLACES = {1, 2};
  private static final long[] CHANNELS = {3};

  private final Scope scope;
  private final Parameter weight;
  private final Parameter bias;

  public GlobalResponseNorm(Scope scope, int channels) {
    this.scope = scope;
    weight = scope.parameter("weight", Initializer.zeros(), channels);
    bias = scope.parameter("bias", Initializer.zeros(), channels);
  }

  /** From (B, H, W, C) to (B, H, W, C). */
  public Tensor forward(Tensor features) {
    Tensor squares = features.square().sum(PLACES, true, new ScalarTypeOptional());
    Tensor lengths = torch.clamp_min(squares, new Scalar(FLOOR)).sqrt();
    Tensor mean = lengths.mean(CHANNELS, true, new ScalarTypeOptional());
    Tensor shares = lengths.div(mean.add(new Scalar(EPSILON)));
    // x + (bias + weight x share), in one pass over x.
    Tensor scales = weight.tensor().mul(shares).add(new Scalar(1.0));
    return scope.traced(
        "global_response_norm", features, torch.addcmul(bias.tensor(), features, scales));
  }
}
