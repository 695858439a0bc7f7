package io.robusttrain.objective;

import io.robusttrain.attack.Pixels;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** An objective with parts of it exchanged. */
@SuppressWarnings("Immutable") // for one test each
record Changed(
    Objective objective, UnaryOperator<StepContext> change, Function<StepContext, Pixels> attacked)
    implements Objective {
  @Override
  public Optional<FrozenModel> frozenModel() {
    return objective.frozenModel();
  }

  @Override
  public StatisticsUpdates statisticsUpdates(double radius) {
    return objective.statisticsUpdates(radius);
  }

  @Override
  public StepContext prepare(StepContext step) {
    return change.apply(step);
  }

  @Override
  public Pixels attack(StepContext step) {
    return attacked.apply(step);
  }

  @Override
  public StepLoss loss(StepContext step, Pixels pixels) {
    return objective.loss(step, pixels);
  }
}
