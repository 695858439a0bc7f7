package io.robusttrain.objective;

import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.Segment;

/** AdamW and SGD in float64, a second time and as plainly as their definitions. */
abstract class ExactOptimizer {
  /** Moves the parameters against their gradients. */
  abstract void step(ParameterLayout layout, double[] weights, double[] gradients, double rate);

  /** A moment by PyTorch's name. */
  abstract double[] moment(String name);

  private static boolean decays(ParameterLayout layout, int i) {
    return i >= layout.start(Segment.DECAYED) && i < layout.end(Segment.DECAYED);
  }

  /** Decoupled weight decay, then Adam with bias correction. */
  static ExactOptimizer adamW(double weightDecay) {
    return new AdamW(weightDecay);
  }

  /** Nesterov momentum 0.9, weight decay added to the gradient. */
  static ExactOptimizer nesterov(double weightDecay) {
    return new Nesterov(weightDecay);
  }

  private static final class AdamW extends ExactOptimizer {
    private final double weightDecay;
    private double[] first = new double[0];
    private double[] second = new double[0];
    private int steps;

    AdamW(double weightDecay) {
      this.weightDecay = weightDecay;
    }

    @Override
    void step(ParameterLayout layout, double[] weights, double[] gradients, double rate) {
      if (steps++ == 0) {
        first = new double[weights.length];
        second = new double[weights.length];
      }
      for (int i = 0; i < layout.parameterCount(); i++) {
        double decay = decays(layout, i) ? weightDecay : 0;
        first[i] = 0.9 * first[i] + (1 - 0.9) * gradients[i];
        second[i] = 0.999 * second[i] + (1 - 0.999) * gradients[i] * gradients[i];
        double mean = first[i] / (1 - Math.pow(0.9, steps));
        double square = second[i] / (1 - Math.pow(0.999, steps));
        weights[i] -= rate * decay * weights[i];
        weights[i] -= rate * mean / (Math.sqrt(square) + 1e-8);
      }
    }

    @Override
    double[] moment(String name) {
      return name.equals("exp_avg") ? first : second;
    }
  }

  private static final class Nesterov extends ExactOptimizer {
    private final double weightDecay;
    private double[] momentum = new double[0];

    Nesterov(double weightDecay) {
      this.weightDecay = weightDecay;
    }

    @Override
    void step(ParameterLayout layout, double[] weights, double[] gradients, double rate) {
      if (momentum.length == 0) {
        momentum = new double[weights.length];
      }
      for (int i = 0; i < layout.parameterCount(); i++) {
        double gradient = gradients[i] + (decays(layout, i) ? weightDecay : 0) * weights[i];
        momentum[i] = 0.9 * momentum[i] + gradient;
        weights[i] -= rate * (gradient + 0.9 * momentum[i]);
      }
    }

    @Override
    double[] moment(String name) {
      return momentum;
    }
  }
}
