package io.robusttrain.optim;

import io.robusttrain.tensor.ParameterLayout;
import java.util.List;

/**
 * AdamW (Loshchilov and Hutter, 2019) with the arithmetic of {@code torch.optim.AdamW}: decay
 * decoupled and multiplied by the learning rate, both moments bias-corrected, epsilon added after
 * the root. Moments are named {@code exp_avg} and {@code exp_avg_sq}.
 */
public final class AdamW extends SegmentedSliceOptimizer {
  private static final long serialVersionUID = 1L;

  private final double beta1;
  private final double beta2;
  private final double epsilon;
  private final double weightDecay;

  /** All tensors at the step's learning rate. */
  public AdamW(
      ParameterLayout layout, double beta1, double beta2, double epsilon, double weightDecay) {
    this(layout, UpdateRanges.whole(layout), beta1, beta2, epsilon, weightDecay);
  }

  /**
   * An optimiser without state.
   *
   * @param layout of the flat vector
   * @param ranges of the same layout: learning rates and what is frozen
   * @param beta1 decay of the first moment, in [0,1)
   * @param beta2 decay of the second moment, in [0,1)
   * @param epsilon added to the denominator, above 0
   * @param weightDecay of the decayed segment, at least 0
   */
  public AdamW(
      ParameterLayout layout,
      UpdateRanges ranges,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay) {
    super(layout, ranges, List.of("exp_avg", "exp_avg_sq"));
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0 && weightDecay >= 0)) {
      throw new IllegalArgumentException(
          "AdamW needs betas in [0,1), epsilon above 0, weight decay at least 0: betas %s and %s, epsilon %s, weight decay %s"
              .formatted(beta1, beta2, epsilon, weightDecay));
    }
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.weightDecay = weightDecay;
  }

  /** The recipe's betas 0.9 and 0.999 and epsilon 1e-8. */
  public AdamW(ParameterLayout layout, double weightDecay) {
    this(layout, 0.9, 0.999, 1e-8, weightDecay);
  }

  @Override
  void update(
      float[] w,
      float[] g,
      float[][] moments,
      int from,
      int to,
      int decays,
      long step,
      StepHyperparameters hyperparameters) {
    double rate = hyperparameters.learningRate();
    float scale = (float) hyperparameters.gradientScale();
    float keep = (float) (1 - rate * weightDecay * decays);
    float take1 = (float) (1 - beta1);
    float keep2 = (float) beta2;
    float take2 = (float) (1 - beta2);
    float stepSize = (float) (-rate / (1 - Math.pow(beta1, (double) step)));
    float root = (float) Math.sqrt(1 - Math.pow(beta2, (double) step));
    float eps = (float) epsilon;
    float[] first = moments[0];
    float[] second = moments[1];
    for (int i = from; i < to; i++) {
      float gradient = g[i] * scale;
      float m = first[i];
      m += (gradient - m) * take1;
      float v = second[i] * keep2 + take2 * gradient * gradient;
      first[i] = m;
      second[i] = v;
      float denominator = (float) Math.sqrt(v) / root + eps;
      w[i] = w[i] * keep + stepSize * m / denominator;
    }
  }
}
