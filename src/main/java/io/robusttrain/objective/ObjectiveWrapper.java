package io.robusttrain.objective;

import com.google.errorprone.annotations.Immutable;
import io.robusttrain.attack.Pixels;
import java.util.Optional;

/** An objective around another one: everything that it does not change is the other's. */
@Immutable
public interface ObjectiveWrapper extends Objective {
  Objective objective();

  @Override
  default StatisticsUpdates statisticsUpdates(double radius) {
    return objective().statisticsUpdates(radius);
  }

  @Override
  default int keptForwards() {
    return objective().keptForwards();
  }

  @Override
  default int furtherVectors() {
    return objective().furtherVectors();
  }

  @Override
  default int replays() {
    return objective().replays();
  }

  @Override
  default Optional<FrozenModel> frozenModel() {
    return objective().frozenModel();
  }

  @Override
  default StepContext prepare(StepContext step) {
    return objective().prepare(step);
  }

  @Override
  default Pixels attack(StepContext step) {
    return objective().attack(step);
  }

  @Override
  default StepLoss loss(StepContext step, Pixels attacked) {
    return objective().loss(step, attacked);
  }
}
