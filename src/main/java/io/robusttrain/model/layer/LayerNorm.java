package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Layer norm over the last dimension. */
public final class LayerNorm {
  /** Added to the variance in ViT, its relatives and ConvNeXt. */
  static final double EPSILON = 1e-6;

  /** Added to the variance where nothing is said: PyTorch's default. */
  public static final double PYTORCH_EPSILON = 1e-5;

  private final Scope scope;
  private final long[] shape;
  private final Parameter weight;
  private final Parameter bias;
  private final double epsilon;

  /** With 1e-6 added to the variance. */
  public LayerNorm(Scope scope, int dim) {
    this(scope, dim, EPSILON);
  }

  /**
   * A norm of D features.
   *
   * @param epsilon added to the variance
   */
  public LayerNorm(Scope scope, int dim, double epsilon) {
    this(scope, dim, epsilon, Initializer.ones());
  }

  /** With another initial scale: residual branches may start at nothing. */
  public LayerNorm(Scope scope, int dim, double epsilon, Initializer scale) {
    this.scope = scope;
    this.epsilon = epsilon;
    shape = new long[] {dim};
    weight = scope.parameter("weight", scale, dim);
    bias = scope.parameter("bias", Initializer.zeros(), dim);
  }

  /** From (B, ..., D) to (B, ..., D). */
  public Tensor forward(Tensor input) {
    return scope.traced(
        "layer_norm",
        input,
        torch.layer_norm(input, shape, weight.optional(), bias.optional(), epsilon, true));
  }
}
