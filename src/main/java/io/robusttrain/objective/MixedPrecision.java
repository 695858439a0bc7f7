package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.Pixels;
import io.robusttrain.tensor.Precision;

/**
 * Another objective with forwards in bfloat16 (Micikevicius et al., Mixed Precision Training, 2018,
 * as libtorch's autocast does it). Losses, weights, their gradients and the optimiser stay float32;
 * bfloat16 has the range of float32, so no loss needs scaling.
 *
 * @param objective what is minimised
 * @param attack the precision of the attack's forwards, and so of its gradient: the sign of a small
 *     gradient is easily lost, hence float32 unless asked for
 */
@Immutable
public record MixedPrecision(Objective objective, Precision attack) implements ObjectiveWrapper {
  @Override
  public Pixels attack(StepContext step) {
    return objective.attack(step.in(attack, attack));
  }

  @Override
  public StepLoss loss(StepContext step, Pixels attacked) {
    return objective.loss(step.in(Precision.BF16, attack), attacked);
  }
}
