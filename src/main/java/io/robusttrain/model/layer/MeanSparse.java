package io.robusttrain.model.layer;

import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The mean-centred sparsification of what an activation function gets (Amini et al., 2024,
 * "MeanSparse: Post-Training Robustness Enhancement Through Mean-Centered Feature Sparsification"):
 * a value that lies within alpha standard deviations of its channel's mean becomes the mean, any
 * other stays as it is. Small variations around the mean, of which there are many and which say
 * little, then reach nothing behind.
 *
 * <p>The gradient is that of the operator itself, as in the authors' published code: none for a
 * value that became the mean, unchanged for one that stayed. Only a network in a {@link
 * Scope#sparsified} scope has it; in any other one it has no tensor and computes nothing.
 */
public final class MeanSparse {
  /** What {@link Scope#traced} is told where the channels are the last dimension. */
  public static final String LAST = "mean_sparse";

  /** The same, where they are the second. */
  public static final String SECOND = "mean_sparse_2d";

  /** The means in the state dict, behind the name of the sparsification. */
  public static final String MEAN = ".mean";

  /** The standard deviations, likewise. */
  public static final String STD = ".std";

  /** The module that it is, in the one of the activation function. */
  private static final String MODULE = "mean_sparse";

  /** Whether a tensor holds the means of a sparsification. */
  public static boolean isMean(String tensor) {
    return tensor.endsWith("." + MODULE + MEAN);
  }

  private record Statistics(Parameter mean, Parameter std, double alpha) {}

  private final Scope scope;
  private final long[] shape;
  private final String kind;
  private final Optional<Statistics> statistics;

  private MeanSparse(Scope activation, int channels, String kind, long... shape) {
    this.scope = activation.child(MODULE);
    this.kind = kind;
    this.shape = shape;
    OptionalDouble alpha = activation.sparsity();
    this.statistics =
        alpha.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new Statistics(
                    scope.statistic("mean", Initializer.zeros(), channels),
                    scope.statistic("std", Initializer.zeros(), channels),
                    alpha.getAsDouble()));
  }

  /** Before an activation function of (B, ..., C). */
  public static MeanSparse ofLast(Scope activation, int channels) {
    return new MeanSparse(activation, channels, LAST, channels);
  }

  /** Before an activation function of (B, C, H, W). */
  public static MeanSparse ofSecond(Scope activation, int channels) {
    return new MeanSparse(activation, channels, SECOND, 1, channels, 1, 1);
  }

  /** What the activation function gets in place of a tensor, which is left as it is. */
  public Tensor of(Tensor input) {
    return statistics.map(found -> sparsified(input, found)).orElse(input);
  }

  private Tensor sparsified(Tensor input, Statistics found) {
    Tensor mean = found.mean().tensor().view(shape);
    Tensor reach = found.std().tensor().view(shape).mul(new Scalar(found.alpha()));
    Tensor near = input.sub(mean).abs().le(reach);
    return scope.traced(kind, input, torch.where(near, mean, input));
  }
}
