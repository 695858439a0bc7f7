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

  /** How many there are. */
  public static int count(RunConfig config) {
    return (config.modelEma().decay().isSet() ? 1 : 0) + (config.swa().start().isSet() ? 1 : 0);
  }

  /**
   * The rules of all of them, with their starts and ends in steps; none if it asks for none.
   *
   * @param config of the run
   * @param course tells the steps of its epochs; those whose ends are averaged have as many each
   */
  static List<WeightAverage> of(RunConfig config, Course course) {
    List<WeightAverage> rules = new ArrayList<>();
    ModelEmaConfig ema = config.modelEma();
    if (ema.decay().isSet()) {
      rules.add(
          new ExponentialAverage(
              ema.decay().get(),
              ema.warmup() ? ExponentialAverage.Warmup.POWER : ExponentialAverage.Warmup.NONE,
              course.step(ema.start())));
    }
    SwaConfig swa = config.swa();
    if (swa.start().isSet()) {
      long start = course.step(swa.start().get());
      rules.add(
          new EqualAverage(
              start,
              course.step(swa.end().orElse(config.totalEpochs())),
              switch (swa.stepOn()) {
                case EPOCH -> course.spans().get(course.spanOf(start)).stepsPerEpoch();
                case STEP -> 1;
              }));
    }
    return List.copyOf(rules);
  }
}
