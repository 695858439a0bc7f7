package io.robusttrain.model.layer;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Layer norm over the last dimension, or the norm by the root of the mean square, which subtracts
 * no mean and adds no bias (Zhang and Sennrich, 2019).
 */
public final class LayerNorm {
  /** Added to the variance in ViT, its relatives and ConvNeXt. */
  static final double EPSILON = 1e-6;

  /** Added to the variance where nothing is said: PyTorch's default. */
  public static final double PYTORCH_EPSILON = 1e-5;

  /** Makes the norms of a network, which are all of one kind. */
  @FunctionalInterface
  public interface Kind {
    /** A norm of D features. */
    LayerNorm of(Scope scope, int dim);
  }

  private final Scope scope;
  private final long[] shape;
  private final Parameter weight;
  private final Parameter bias;
  private final double epsilon;
  private final boolean centred;

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
    this(scope, dim, epsilon, scale, true);
  }

  private LayerNorm(Scope scope, int dim, double epsilon, Initializer scale, boolean centred) {
    this.scope = scope;
    this.epsilon = epsilon;
    this.centred = centred;
    shape = new long[] {dim};
    weight = scope.parameter("weight", scale, dim);
    bias = centred ? scope.parameter("bias", Initializer.zeros(), dim) : scope.absent();
  }

  /**
   * A norm of D features by the root of their mean square.
   *
   * @param epsilon added to the mean square
   */
  public static LayerNorm rms(Scope scope, int dim, double epsilon) {
    return new LayerNorm(scope, dim, epsilon, Initializer.ones(), false);
  }

  /** From (B, ..., D) to (B, ..., D). */
  public Tensor forward(Tensor input) {
    return centred
        ? scope.traced(
            "layer_norm",
            input,
            torch.layer_norm(input, shape, weight.optional(), bias.optional(), epsilon, true))
        : scope.traced(
            "rms_norm",
            input,
            torch.rms_norm(input, shape, weight.optional(), new DoubleOptional(epsilon)));
  }
}
