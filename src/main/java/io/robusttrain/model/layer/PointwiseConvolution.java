package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A 1x1 convolution with bias, from I to O channels. It is computed as the linear layer that it is:
 * channels-last images are its input without a copy, and matrix products need no reordering.
 */
public final class PointwiseConvolution {
  private final Scope scope;
  private final int in;
  private final Parameter weight;
  private final Parameter bias;

  public PointwiseConvolution(Scope scope, int in, int out, Initializer weight, Initializer bias) {
    this.scope = scope;
    this.in = in;
    this.weight = scope.parameter("weight", weight, out, in, 1, 1);
    this.bias = scope.parameter("bias", bias, out);
  }

  /** From (B, I, H, W) to (B, O, H, W), both channels last in memory. */
  public Tensor forward(Tensor input) {
    return traced(input, torch.linear(pixels(input), matrix(), bias.optional()));
  }

  /** As {@link #forward(Tensor)}, the result times a scale (O) of its channels. */
  public Tensor forward(Tensor input, Tensor scale) {
    return traced(input, Linear.scaled(pixels(input), matrix(), bias.tensor(), scale));
  }

  private Tensor matrix() {
    return weight.tensor().flatten(1, 3);
  }

  private static Tensor pixels(Tensor images) {
    return images.permute(0, 2, 3, 1);
  }

  private Tensor traced(Tensor input, Tensor pixels) {
    Tensor output = pixels.permute(0, 3, 1, 2);
    return scope.traced("conv2d", input, output, () -> Scope.elements(output) * in);
  }
}
