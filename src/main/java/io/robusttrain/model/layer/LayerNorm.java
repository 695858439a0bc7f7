package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Layer norm over the last dimension. */
public final class LayerNorm {
  /** Added to the variance in transformers and ConvNeXt. */
  static final double EPSILON = 1e-6;

  private final Scope scope;
  private final long[] shape;
  private final Parameter weight;
  private final Parameter bias;

  public LayerNorm(Scope scope, int dim) {
    this.scope = scope;
    shape = new long[] {dim};
    weight = scope.parameter("weight", Initializer.ones(), dim);
    bias = scope.parameter("bias", Initializer.zeros(), dim);
  }

  /** From (B, ..., D) to (B, ..., D). */
  public Tensor forward(Tensor input) {
    return scope.traced(
        "layer_norm",
        input,
        torch.layer_norm(input, shape, weight.optional(), bias.optional(), EPSILON, true));
  }
}
