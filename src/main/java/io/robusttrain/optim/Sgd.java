package io.robusttrain.optim;

import io.robusttrain.tensor.ParameterLayout;
import java.util.List;

/**
 * Stochastic gradient descent with momentum and the arithmetic of {@code torch.optim.SGD}: weight
 * decay is added to the gradient, the momentum is not dampened. Its moment is named {@code
 * momentum_buffer}; momentum 0 is plain gradient descent.
 */
public final class Sgd extends SegmentedSliceOptimizer {
  private static final long serialVersionUID = 1L;

  /** Where the momentum is looked ahead to. */
  public enum Momentum {
    /** {@code nesterov=True}: the step goes along the gradient plus the momentum's next share. */
    NESTEROV,
    /** {@code nesterov=False}: the step goes along the velocity. */
    CLASSICAL
  }

  private final Momentum kind;
  private final double momentum;
  private final double weightDecay;

  /**
   * An optimiser without state.
   *
   * @param layout of the flat vector
   * @param ranges of the same layout: learning rates and what is frozen
   * @param kind Nesterov's or classical momentum
   * @param momentum in [0,1)
   * @param weightDecay of the decayed segment, at least 0
   */
  public Sgd(
      ParameterLayout layout,
      UpdateRanges ranges,
      Momentum kind,
      double momentum,
      double weightDecay) {
    super(layout, ranges, List.of("momentum_buffer"));
    if (!(momentum >= 0 && momentum < 1 && weightDecay >= 0)) {
      throw new IllegalArgumentException(
          "SGD needs momentum in [0,1) and weight decay at least 0: momentum %s, weight decay %s"
              .formatted(momentum, weightDecay));
    }
    this.kind = kind;
    this.momentum = momentum;
    this.weightDecay = weightDecay;
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
    float rate = (float) hyperparameters.learningRate();
    float scale = (float) hyperparameters.gradientScale();
    float decay = (float) (weightDecay * decays);
    float mu = (float) momentum;
    float ofGradient = kind == Momentum.NESTEROV ? 1 : 0;
    float ofVelocity = kind == Momentum.NESTEROV ? mu : 1;
    float[] buffer = moments[0];
    for (int i = from; i < to; i++) {
      float gradient = g[i] * scale + decay * w[i];
      float velocity = mu * buffer[i] + gradient;
      buffer[i] = velocity;
      w[i] -= rate * (ofGradient * gradient + ofVelocity * velocity);
    }
  }
}
