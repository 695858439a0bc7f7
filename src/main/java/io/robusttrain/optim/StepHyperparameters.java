package io.robusttrain.optim;

import com.google.errorprone.annotations.Immutable;
import java.io.Serializable;

/**
 * The numbers of an update that change from step to step.
 *
 * @param learningRate of this step, at least 0
 * @param gradientScale every parameter's gradient is multiplied by it first: 1, or the factor of
 *     clipping by norm
 * @param statisticsMomentum the weight of this step's batch statistics in the running statistics,
 *     in [0,1]
 */
@Immutable
public record StepHyperparameters(
    double learningRate, double gradientScale, double statisticsMomentum) implements Serializable {
  public StepHyperparameters {
    require("learning rate", learningRate, Double.MAX_VALUE);
    require("gradient scale", gradientScale, Double.MAX_VALUE);
    require("statistics momentum", statisticsMomentum, 1);
  }

  /** A step without clipping. */
  public static StepHyperparameters of(double learningRate, double statisticsMomentum) {
    return new StepHyperparameters(learningRate, 1, statisticsMomentum);
  }

  /** This with the learning rate times a factor. */
  StepHyperparameters scaled(double factor) {
    return factor == 1
        ? this
        : new StepHyperparameters(learningRate * factor, gradientScale, statisticsMomentum);
  }

  private static void require(String what, double value, double largest) {
    if (!(value >= 0 && value <= largest)) {
      throw new IllegalArgumentException(
          "%s must lie in [0, %s]: %s".formatted(what, largest, value));
    }
  }
}
