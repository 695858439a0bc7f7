package io.robusttrain.config;

import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.config.value.Epsilon;
import io.robusttrain.config.value.Key;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Unit;
import java.io.Serializable;

/**
 * Group {@code validation}: clean and FGSM accuracy. Open values are taken from {@code attack} and
 * {@code run}; {@link RunConfig} has methods that resolve them.
 *
 * @param every epochs between two validations
 * @param writtenEpsilon the full radius as written; open: {@code attack.eps}
 * @param steps gradient steps; open: {@code attack.steps}
 * @param batch images of one forward pass
 * @param seed key of the random starts; open: {@code run.seed}
 */
public record ValidationConfig(
    @Unit(Unit.Kind.EPOCHS) int every,
    @Key("attack-eps") @Unit(Unit.Kind.PIXELS) Setting<Double> writtenEpsilon,
    Setting<Integer> steps,
    int batch,
    Setting<Long> seed)
    implements Serializable {

  static ValidationConfig from(Section section, Norm norm) {
    return new ValidationConfig(
        section.get("every", Parsers.epochs(1)),
        section.setting("attack-eps", Epsilon.parser(norm)),
        section.setting("steps", Parsers.count(1, 100_000)),
        section.get("batch", Parsers.count(1, 1_000_000)),
        section.setting("seed", Parsers.whole(0, Long.MAX_VALUE)));
  }
}
