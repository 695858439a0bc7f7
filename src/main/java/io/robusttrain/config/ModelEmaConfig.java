package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Unit;
import java.io.Serializable;

/**
 * Group {@code model-ema}: the exponential moving average of the weights.
 *
 * @param decay share of the average that a step keeps, [0,1); open: no average
 * @param warmup whether the decay rises with the steps
 * @param start epochs before the first that is averaged
 */
public record ModelEmaConfig(
    Setting<Double> decay, boolean warmup, @Unit(Unit.Kind.EPOCHS) int start)
    implements Serializable {

  static ModelEmaConfig from(Section section) {
    return new ModelEmaConfig(
        section.setting("decay", Parsers.realBelow(0, 1)),
        section.get("warmup", Parsers.flag()),
        section.get("start", Parsers.epochs(0)));
  }

  void check(Reading reading) {
    reading.demand(
        decay.isSet() || !warmup,
        "there is no moving average to warm up; set model-ema.decay, for instance to 0.9998",
        "model-ema.warmup",
        "model-ema.decay");
    reading.demand(
        decay.isSet() || start == 0,
        "there is no moving average to begin; set model-ema.decay, for instance to 0.9998",
        "model-ema.start",
        "model-ema.decay");
  }
}
