package io.robusttrain.model.layer;

import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SecondDerivatives;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The sizes of a square convolution, and the convolution of these sizes.
 *
 * @param in channels I
 * @param out channels O
 * @param kernel side of the window
 * @param stride in both directions
 * @param padding on all four sides
 * @param groups of channels
 * @param bias whether a bias is added
 */
public record ConvolutionSize(
    int in, int out, int kernel, int stride, int padding, int groups, Bias bias) {
  /**
   * With fewer input channels than this, oneDNN's weight gradient of a strided 1x1 convolution over
   * channels-last images writes past its workspace and damages the heap
   * (https://github.com/uxlfoundation/oneDNN/issues/6035).
   */
  private static final int ONEDNN_BLOCK = 16;

  /**
   * Measured on an AMD EPYC: below this, single products of all windows are bound by what an
   * operation costs.
   */
  private static final long FEW_VALUES = 1L << 20;

  /** From here on copying all windows takes longer than the smaller products lose. */
  private static final int MANY_CHANNELS = 64;

  enum Bias {
    ADDED,
    NONE
  }

  /** With bias, of stride 1, padded so that an odd kernel keeps the size. */
  public static ConvolutionSize of(int in, int out, int kernel) {
    return new ConvolutionSize(in, out, kernel, 1, kernel / 2, 1, Bias.ADDED);
  }

  /** As {@link #of}, each channel by itself. */
  public static ConvolutionSize depthwise(int channels, int kernel) {
    return new ConvolutionSize(channels, channels, kernel, 1, kernel / 2, channels, Bias.ADDED);
  }

  /** A convolution of non-overlapping patches. */
  public static ConvolutionSize patches(int in, int out, int kernel) {
    return new ConvolutionSize(in, out, kernel, kernel, 0, 1, Bias.ADDED);
  }

  /** This with another stride. */
  public ConvolutionSize stride(int newStride) {
    return new ConvolutionSize(in, out, kernel, newStride, padding, groups, bias);
  }

  /** This with another padding. */
  public ConvolutionSize padding(int newPadding) {
    return new ConvolutionSize(in, out, kernel, stride, newPadding, groups, bias);
  }

  /** This without bias. */
  public ConvolutionSize withoutBias() {
    return new ConvolutionSize(in, out, kernel, stride, padding, groups, Bias.NONE);
  }

  /** Values that make one output value. */
  public int fanIn() {
    return in / groups * kernel * kernel;
  }

  /** Output values that one input value takes part in. */
  public int fanOut() {
    return out / groups * kernel * kernel;
  }

  /**
   * Convolves, by oneDNN or, where that errs, by the BLAS.
   *
   * @param input (B, I, H, W)
   * @param weights (O, I / groups, k, k)
   * @param shift the bias (O), or none
   * @return (B, O, H', W')
   */
  public Tensor convolve(Tensor input, Tensor weights, TensorOptional shift) {
    if (groups == 1 && !NativeRuntime.convolves()) {
      return product(input, weights, shift);
    }
    if (kernel == 1 && stride > 1 && in < ONEDNN_BLOCK) {
      return convolve(everyStep(input), 1, weights, shift);
    }
    return convolve(input, stride, weights, shift);
  }

  private Tensor convolve(Tensor input, long stride, Tensor weights, TensorOptional shift) {
    return torch.conv2d(
        input,
        weights,
        shift,
        new long[] {stride, stride},
        new long[] {padding, padding},
        new long[] {1, 1},
        groups);
  }

  /** The convolution as products of matrices, by the BLAS, in the way that is faster. */
  private Tensor product(Tensor input, Tensor weights, TensorOptional shift) {
    if (kernel == 1 && padding == 0) {
      return linear(pixels(input), weights, shift);
    }
    // libtorch takes the second derivative of the one way by a convolution of oneDNN's, and with
    // several threads its products, one a thread, wait for each other in OpenBLAS. A trace has no
    // image, and weights that it would write out in full.
    boolean possible =
        input.numel() > 0 && torch.get_num_threads() == 1 && !SecondDerivatives.wanted();
    return possible && (!weights.requires_grad() || faster(input))
        ? imageByImage(input, weights, shift)
        : atOnce(input, weights, shift);
  }

  /** Whether one product an image is faster, gradients of the weights included. */
  private boolean faster(Tensor input) {
    long windows = input.size(0) * in * kernel * kernel * side(input, 2) * side(input, 3);
    return windows < FEW_VALUES || (padding > 0 && in >= MANY_CHANNELS);
  }

  /**
   * One product an image, whose windows are laid out again for the gradients instead of being kept;
   * libtorch's gradients of this want channels before pixels.
   */
  Tensor imageByImage(Tensor input, Tensor weights, TensorOptional shift) {
    return torch.thnn_conv2d(
        input.contiguous(),
        weights,
        new long[] {kernel, kernel},
        shift,
        new long[] {stride, stride},
        new long[] {padding, padding});
  }

  /** One product of the windows of all images; channels come last in memory. */
  Tensor atOnce(Tensor input, Tensor weights, TensorOptional shift) {
    // Lines of pixels would be products of their own where the weights ask for no gradient.
    return torch
        .linear(windows(input), weights.flatten(1, 3), shift)
        .transpose(1, 2)
        .unflatten(2, new long[] {side(input, 2), side(input, 3)});
  }

  private static Tensor linear(Tensor pixels, Tensor weights, TensorOptional shift) {
    return torch.linear(pixels, weights.flatten(1, 3), shift).permute(0, 3, 1, 2);
  }

  /** From (B, I, H, W) to (B, H', W', I), for a kernel of one pixel. */
  private Tensor pixels(Tensor input) {
    return (stride == 1 ? input : everyStep(input)).permute(0, 2, 3, 1);
  }

  /** From (B, I, H, W) to (B, H' W', I k k): what each output pixel looks at. */
  private Tensor windows(Tensor input) {
    return torch
        .im2col(
            input,
            new long[] {kernel, kernel},
            new long[] {1, 1},
            new long[] {padding, padding},
            new long[] {stride, stride})
        .transpose(1, 2);
  }

  /** Output pixels along a dimension. */
  private long side(Tensor input, long dimension) {
    return (input.size(dimension) + 2L * padding - kernel) / stride + 1;
  }

  /** The pixels that a 1x1 convolution with a stride looks at. */
  private Tensor everyStep(Tensor input) {
    LongOptional whole = new LongOptional();
    return input.slice(2, whole, whole, stride).slice(3, whole, whole, stride);
  }
}
