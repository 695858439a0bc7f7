package io.robusttrain.model.layer;

/**
 * The sizes of a square convolution.
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
}
