package io.robusttrain.objective.around;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.model.TokenDropping;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.ObjectiveWrapper;
import io.robusttrain.objective.StepContext;

/**
 * Another objective on a part of the patch tokens, drawn for each image of each batch. The attack
 * and the loss of a step see the same ones: only pixels that the loss sees are worth an attack, and
 * both passes cost less. Where a batch is trained on several times in a row, all of them do: the
 * perturbation that one leaves is that of patches which the next one sees.
 *
 * @param objective what is minimised
 * @param dropping which tokens are left out; the model must be able to do without them
 * @param grid of all its patch tokens
 */
@Immutable
public record DroppedTokens(Objective objective, TokenDropping dropping, TokenDropping.Grid grid)
    implements ObjectiveWrapper {
  @Override
  public StepContext prepare(StepContext step) {
    return objective.prepare(step.dropping(dropping, grid));
  }
}
