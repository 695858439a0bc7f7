package io.robusttrain.objective.around;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.ObjectiveWrapper;
import io.robusttrain.objective.StepContext;

/**
 * Another objective on a part of the patch tokens, drawn for each image of each step. The attack
 * and the loss of a step see the same ones: only pixels that the loss sees are worth an attack, and
 * both passes cost less.
 *
 * @param objective what is minimised
 * @param dropping which tokens are left out; the model must be able to do without them
 */
@Immutable
public record DroppedTokens(Objective objective, TokenDropping dropping)
    implements ObjectiveWrapper {
  @Override
  public StepContext prepare(StepContext step) {
    return objective.prepare(step.dropping(dropping));
  }
}
