package io.robusttrain.objective.mix;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.objective.Objective;
import io.robusttrain.objective.ObjectiveWrapper;
import io.robusttrain.objective.StepContext;

/**
 * Another objective on mixed images: they are mixed before they are attacked, and the attack takes
 * the heavier class of each. The draws are keyed by micro-batch.
 *
 * @param mixup how images are mixed
 * @param objective what is minimised
 */
@Immutable
public record MixedObjective(Mixup mixup, Objective objective) implements ObjectiveWrapper {
  @Override
  public StepContext prepare(StepContext step) {
    Mixup.Mixed mixed =
        mixup.mix(step.clean(), step.targets().labels(), step.key("mixup"), step.epoch());
    return objective.prepare(step.with(mixed.pixels(), mixed.targets()));
  }
}
