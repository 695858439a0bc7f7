package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import io.robusttrain.config.value.Unit;
import io.robusttrain.schedule.Granularity;
import java.io.Serializable;

/**
 * Group {@code swa}: stochastic weight averaging.
 *
 * @param start epochs before the first that is averaged; open: no average
 * @param end epochs until the last that is averaged, above {@code start}; open: all of the run
 * @param stepOn whether the weights at the end of each epoch or after each step are averaged
 */
public record SwaConfig(
    @Unit(Unit.Kind.EPOCHS) Setting<Integer> start,
    @Unit(Unit.Kind.EPOCHS) Setting<Integer> end,
    Granularity stepOn)
    implements Serializable {

  static SwaConfig from(Section section) {
    return new SwaConfig(
        section.setting("start", Parsers.epochs(0)),
        section.setting("end", Parsers.epochs(1)),
        section.get("step-on", Parsers.choice(Granularity.class)));
  }

  void check(Reading reading) {
    reading.demand(
        start.isSet() || !end.isSet(), "needs swa.start, which is none", "swa.end", "swa.start");
  }
}
