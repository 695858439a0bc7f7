package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.Pixels;
import java.util.Optional;

/**
 * Another objective on mixed images: they are mixed before they are attacked, and the attack takes
 * the heavier class of each. The draws are keyed by micro-batch.
 *
 * @param mixup how images are mixed
 * @param objective what is minimised
 */
@Immutable
public record MixedObjective(Mixup mixup, Objective objective) implements Objective {
  @Override
  public Optional<FrozenModel> frozenModel() {
    return objective.frozenModel();
  }

  @Override
  public int replays() {
    return objective.replays();
  }

  @Override
  public StepContext prepare(StepContext step) {
    Mixup.Mixed mixed =
        mixup.mix(step.clean(), step.targets().labels(), step.key("mixup"), step.epoch());
    return objective.prepare(step.with(mixed.pixels(), mixed.targets()));
  }

  @Override
  public int keptForwards() {
    return objective.keptForwards();
  }

  @Override
  public StatisticsUpdates statisticsUpdates(double radius) {
    return objective.statisticsUpdates(radius);
  }

  @Override
  public Pixels attack(StepContext step) {
    return objective.attack(step);
  }

  @Override
  public StepLoss loss(StepContext step, Pixels attacked) {
    return objective.loss(step, attacked);
  }
}
