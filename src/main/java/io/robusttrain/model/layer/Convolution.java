package io.robusttrain.model.layer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** A square convolution of images. */
public final class Convolution {
  private final Scope scope;
  private final ConvolutionSize size;
  private final Parameter weight;
  private final Parameter bias;

  /** With PyTorch's default initial values. */
  public Convolution(Scope scope, ConvolutionSize size) {
    this(
        scope,
        size,
        Initializer.uniformFanIn(size.fanIn()),
        Initializer.uniformFanIn(size.fanIn()));
  }

  public Convolution(Scope scope, ConvolutionSize size, Initializer weight, Initializer bias) {
    this.scope = scope;
    this.size = size;
    this.weight =
        scope.parameter(
            "weight", weight, size.out(), size.in() / size.groups(), size.kernel(), size.kernel());
    this.bias =
        switch (size.bias()) {
          case ADDED -> scope.parameter("bias", bias, size.out());
          case NONE -> scope.absent();
        };
  }

  /** From (B, I, H, W) to (B, O, H', W'); the memory format follows the input. */
  public Tensor forward(Tensor input) {
    return traced(input, size.convolve(input, weight.tensor(), bias.optional()));
  }

  /**
   * As {@link #forward(Tensor)}, of a convolution with bias, the result times a scale (O) of its
   * channels. The scale goes into the weights, as in {@link Linear#scaled}.
   */
  public Tensor forward(Tensor input, Tensor scale) {
    Tensor scaled = weight.tensor().mul(scale.view(-1, 1, 1, 1));
    TensorOptional shift = new TensorOptional(bias.tensor().mul(scale));
    return traced(input, size.convolve(input, scaled, shift));
  }

  private Tensor traced(Tensor input, Tensor output) {
    return scope.traced("conv2d", input, output, () -> Scope.elements(output) * size.fanIn());
  }
}
