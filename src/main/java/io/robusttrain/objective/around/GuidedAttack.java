package io.robusttrain.objective.around;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.ObjectiveWrapper;

/**
 * An objective whose attack may be reinforced for some steps. It is the outermost one: whoever
 * takes the steps says which of the two takes a step. Both keep what they remember in the same
 * place.
 *
 * @param objective with the usual attack
 * @param reinforced the same with a stronger one
 */
@Immutable
public record GuidedAttack(Objective objective, Objective reinforced) implements ObjectiveWrapper {}
