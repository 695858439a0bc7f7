package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Unit;
import java.io.Serializable;

/**
 * Group {@code objective.awp}: adversarial weight perturbation.
 *
 * @param gamma length of the perturbation relative to the weights, in each layer; open: none
 * @param warmupEpochs epochs at the start without it
 */
public record AwpConfig(Setting<Double> gamma, @Unit(Unit.Kind.EPOCHS) int warmupEpochs)
    implements Serializable {

  static AwpConfig from(Section section) {
    return new AwpConfig(
        section.setting("gamma", Parsers.positive(1)),
        section.get("warmup-epochs", Parsers.epochs(0)));
  }

  void check(Reading reading) {
    reading.demand(
        gamma.isSet() || warmupEpochs == 0,
        "needs objective.awp.gamma, which is none",
        "objective.awp.warmup-epochs",
        "objective.awp.gamma");
  }
}
