package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** A linear layer, from I to O features. */
public final class Linear {
  private final Scope scope;
  private final int in;
  private final Parameter weight;
  private final Parameter bias;

  /** With timm's initial values for transformers: truncated normal of deviation 0.02, bias 0. */
  public Linear(Scope scope, int in, int out) {
    this(scope, in, out, Initializer.truncatedNormal(0.02), Initializer.zeros());
  }

  /** With other initial values. */
  public Linear(Scope scope, int in, int out, Initializer weight, Initializer bias) {
    this(scope, in, scope.parameter("weight", weight, out, in), scope.parameter("bias", bias, out));
  }

  private Linear(Scope scope, int in, Parameter weight, Parameter bias) {
    this.scope = scope;
    this.in = in;
    this.weight = weight;
    this.bias = bias;
  }

  /** A layer that adds nothing. */
  public static Linear withoutBias(Scope scope, int in, int out) {
    return withoutBias(scope, in, out, Initializer.truncatedNormal(0.02));
  }

  /** A layer that adds nothing, with other initial values. */
  static Linear withoutBias(Scope scope, int in, int out, Initializer weight) {
    return new Linear(scope, in, scope.parameter("weight", weight, out, in), scope.absent());
  }

  /** With or without a bias. */
  public static Linear of(Scope scope, int in, int out, boolean biased) {
    return biased ? new Linear(scope, in, out) : withoutBias(scope, in, out);
  }

  /** From (B, ..., I) to (B, ..., O). */
  public Tensor forward(Tensor input) {
    return forward(input, bias.optional());
  }

  /** As {@link #forward(Tensor)}, with a bias (O) that is not the layer's. */
  public Tensor forward(Tensor input, TensorOptional shift) {
    Tensor output = torch.linear(input, weight.tensor(), shift);
    return scope.traced("linear", input, output, () -> Scope.elements(output) * in);
  }

  /**
   * From (B, 1, I) to (B, 1, O): one row of those that the layer has by definition, where the
   * others would go unread. It counts as all of them.
   *
   * @param rows by definition
   */
  public Tensor forwardOne(Tensor input, long rows) {
    Tensor output = torch.linear(input, weight.tensor(), bias.optional());
    long batch = input.size(0);
    scope.traced(
        "linear",
        input.expand(batch, rows, in),
        output.expand(batch, rows, output.size(2)),
        () -> rows * output.size(2) * in);
    return output;
  }

  /** As {@link #forward(Tensor)}, the result times a scale (O) of its features. */
  public Tensor forward(Tensor input, Tensor scale) {
    Tensor output = scaled(input, weight.tensor(), bias.tensor(), scale);
    return scope.traced("linear", input, output, () -> Scope.elements(output) * in);
  }

  /**
   * {@code scale * (input weight' + bias)}. The scale goes into the weights where they are fewer
   * than the features: a layer scale then needs no pass over these, keeps none of them for the
   * backward pass, and its gradient is found from that of the weights.
   *
   * @param input (B, ..., I)
   * @param weight (O, I)
   * @param bias (O)
   * @param scale (O)
   */
  static Tensor scaled(Tensor input, Tensor weight, Tensor bias, Tensor scale) {
    long in = weight.size(1);
    if (input.numel() / in < in) {
      return torch.linear(input, weight, new TensorOptional(bias)).mul(scale);
    }
    return torch.linear(input, weight.mul(scale.unsqueeze(1)), new TensorOptional(bias.mul(scale)));
  }

  /** The weight, float32 (O, I); borrowed. */
  public Tensor weight() {
    return weight.tensor();
  }

  /** The bias, float32 (O); borrowed. */
  public Tensor bias() {
    return bias.tensor();
  }

  /** The scope, for a layer that applies the weights in its own way. */
  public Scope scope() {
    return scope;
  }
}
