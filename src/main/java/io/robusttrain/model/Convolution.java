package io.robusttrain.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A square convolution of images. */
final class Convolution {
  private final Scope scope;
  private final ConvolutionSize size;
  private final Parameter weight;
  private final Parameter bias;

  /** With PyTorch's default initial values. */
  Convolution(Scope scope, ConvolutionSize size) {
    this(
        scope,
        size,
        Initializer.uniformFanIn(size.fanIn()),
        Initializer.uniformFanIn(size.fanIn()));
  }

  Convolution(Scope scope, ConvolutionSize size, Initializer weight, Initializer bias) {
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
  Tensor forward(Tensor input) {
    Tensor output =
        torch.conv2d(
            input,
            weight.tensor(),
            bias.optional(),
            new long[] {size.stride(), size.stride()},
            new long[] {size.padding(), size.padding()},
            new long[] {1, 1},
            size.groups());
    return scope.traced("conv2d", input, output, () -> Scope.elements(output) * size.fanIn());
  }
}
