package io.robusttrain.model.layer;

import io.robusttrain.tensor.NativeRuntime;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** A square convolution of images. */
public final class Convolution {
  /**
   * With fewer input channels than this, oneDNN's weight gradient of a strided 1x1 convolution over
   * channels-last images writes past its workspace and damages the heap
   * (https://github.com/uxlfoundation/oneDNN/issues/6035).
   */
  private static final int ONEDNN_BLOCK = 16;

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
    return traced(input, convolve(input, weight.tensor(), bias.optional()));
  }

  /**
   * As {@link #forward(Tensor)}, of a convolution with bias, the result times a scale (O) of its
   * channels. The scale goes into the weights, as in {@link Linear#scaled}.
   */
  public Tensor forward(Tensor input, Tensor scale) {
    Tensor scaled = weight.tensor().mul(scale.view(-1, 1, 1, 1));
    TensorOptional shift = new TensorOptional(bias.tensor().mul(scale));
    return traced(input, convolve(input, scaled, shift));
  }

  private Tensor traced(Tensor input, Tensor output) {
    return scope.traced("conv2d", input, output, () -> Scope.elements(output) * size.fanIn());
  }

  private Tensor convolve(Tensor input, Tensor weights, TensorOptional shift) {
    if (size.groups() == 1 && !NativeRuntime.convolves()) {
      return product(input, weights, shift);
    }
    if (size.kernel() == 1 && size.stride() > 1 && size.in() < ONEDNN_BLOCK) {
      return convolve(everyStep(input), 1, weights, shift);
    }
    return convolve(input, size.stride(), weights, shift);
  }

  private Tensor convolve(Tensor input, long stride, Tensor weights, TensorOptional shift) {
    return torch.conv2d(
        input,
        weights,
        shift,
        new long[] {stride, stride},
        new long[] {size.padding(), size.padding()},
        new long[] {1, 1},
        size.groups());
  }

  /** The convolution as a product of matrices, by the BLAS; channels come last in memory. */
  Tensor product(Tensor input, Tensor weights, TensorOptional shift) {
    Tensor windows = size.kernel() == 1 && size.padding() == 0 ? pixels(input) : windows(input);
    return torch.linear(windows, weights.flatten(1, 3), shift).permute(0, 3, 1, 2);
  }

  /** From (B, I, H, W) to (B, H', W', I), for a kernel of one pixel. */
  private Tensor pixels(Tensor input) {
    return (size.stride() == 1 ? input : everyStep(input)).permute(0, 2, 3, 1);
  }

  /** From (B, I, H, W) to (B, H', W', I k k): what each output pixel looks at. */
  private Tensor windows(Tensor input) {
    long kernel = size.kernel();
    long stride = size.stride();
    long padding = size.padding();
    Tensor columns =
        torch.im2col(
            input,
            new long[] {kernel, kernel},
            new long[] {1, 1},
            new long[] {padding, padding},
            new long[] {stride, stride});
    long height = (input.size(2) + 2 * padding - kernel) / stride + 1;
    return columns.transpose(1, 2).unflatten(1, new long[] {height, columns.size(2) / height});
  }

  /** The pixels that a 1x1 convolution with a stride looks at. */
  private Tensor everyStep(Tensor input) {
    LongOptional whole = new LongOptional();
    return input.slice(2, whole, whole, size.stride()).slice(3, whole, whole, size.stride());
  }
}
