package io.robusttrain.train.plan;

import io.robusttrain.config.ModelEmaConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.SwaConfig;
import io.robusttrain.optim.EqualAverage;
import io.robusttrain.optim.ExponentialAverage;
import io.robusttrain.optim.WeightAverage;
import java.util.ArrayList;
import java.util.List;

/** Which averages of the weights a configuration asks for. */
public final class AverageRules {
  private AverageRules() {}

  /** The rules of all of them, with their starts and ends in steps; none if it asks for none. */
  public static List<WeightAverage> of(RunConfig config, int stepsPerEpoch) {
    List<WeightAverage> rules = new ArrayList<>();
    ModelEmaConfig ema = config.modelEma();
    if (ema.decay().isSet()) {
      rules.add(
          new ExponentialAverage(
              ema.decay().get(),
              ema.warmup() ? ExponentialAverage.Warmup.POWER : ExponentialAverage.Warmup.NONE,
              (long) ema.start() * stepsPerEpoch));
    }
    SwaConfig swa = config.swa();
    if (swa.start().isSet()) {
      rules.add(
          new EqualAverage(
              (long) swa.start().get() * stepsPerEpoch,
              (long) swa.end().orElse(config.totalEpochs()) * stepsPerEpoch,
              switch (swa.stepOn()) {
                case EPOCH -> stepsPerEpoch;
                case STEP -> 1;
              }));
    }
    return List.copyOf(rules);
  }
}
