package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Group norm of one group: over channels, rows and columns of an image. */
public final class GroupNorm {
  private static final double EPSILON = 1e-5;

  private final Scope scope;
  private final Parameter weight;
  private final Parameter bias;

  public GroupNorm(Scope scope, int channels) {
    this.scope = scope;
    weight = scope.parameter("weight", Initializer.ones(), channels);
    bias = scope.parameter("bias", Initializer.zeros(), channels);
  }

  /** From (B, C, H, W) to (B, C, H, W); the memory format follows the input. */
  public Tensor forward(Tensor input) {
    return normalized(input, weight.optional(), bias.optional());
  }

  /**
   * As {@link #forward(Tensor)}, the result times a scale (C) of its channels. The scale goes into
   * the norm's own: it costs nothing, neither here nor in the backward pass.
   */
  public Tensor forward(Tensor input, Tensor scale) {
    return normalized(
        input,
        new TensorOptional(weight.tensor().mul(scale)),
        new TensorOptional(bias.tensor().mul(scale)));
  }

  private Tensor normalized(Tensor input, TensorOptional scale, TensorOptional shift) {
    return scope.traced(
        "group_norm", input, torch.group_norm(input, 1, scale, shift, EPSILON, true));
  }
}
