package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Unit;
import java.io.Serializable;

/**
 * Group {@code mixup}: MixUp and CutMix, under timm's names.
 *
 * @param alpha of MixUp's Beta distribution; 0: off
 * @param cutmixAlpha of CutMix's Beta distribution; 0: off
 * @param prob probability that a micro-batch is mixed
 * @param switchProb probability of CutMix where both are on
 * @param mode what shares one draw
 * @param offEpoch first epoch without mixing; open: never
 */
public record MixupConfig(
    double alpha,
    double cutmixAlpha,
    double prob,
    double switchProb,
    Mode mode,
    @Unit(Unit.Kind.EPOCHS) Setting<Integer> offEpoch)
    implements Serializable {

  /** What shares one draw. */
  public enum Mode {
    /** The images of a micro-batch. */
    BATCH
  }

  /** Whether images are mixed at all. */
  public boolean on() {
    return alpha > 0 || cutmixAlpha > 0;
  }

  static MixupConfig from(Section section) {
    return new MixupConfig(
        section.get("alpha", Parsers.real(0, 100)),
        section.get("cutmix-alpha", Parsers.real(0, 100)),
        section.get("prob", Parsers.real(0, 1)),
        section.get("switch-prob", Parsers.real(0, 1)),
        section.get("mode", Parsers.choice(Mode.class)),
        section.setting("off-epoch", Parsers.epochs(0)));
  }

  void check(Reading reading) {
    reading.demand(
        on() || !offEpoch.isSet(),
        "nothing is mixed in any epoch; set mixup.alpha or mixup.cutmix-alpha, or write none",
        "mixup.off-epoch",
        "mixup.alpha");
  }
}
