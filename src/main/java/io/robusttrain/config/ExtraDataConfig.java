package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import java.io.Serializable;

/**
 * Group {@code data.extra}: a second data set, such as generated images, in a fixed share of each
 * micro-batch.
 *
 * @param path its folder, a path or a Hadoop URI; open: no second set
 * @param split its split that is trained on
 * @param share of each micro-batch that comes from it, (0,1); times the micro-batch it is whole
 */
public record ExtraDataConfig(Setting<String> path, String split, double share)
    implements Serializable {

  /** Samples of a micro-batch that come from the second set; 0 without one. */
  public int samplesOf(int microBatch) {
    return path.isSet() ? Math.toIntExact(Math.round(share * microBatch)) : 0;
  }

  /** Whether its share of a micro-batch is a whole number of samples, with some left for others. */
  public boolean dividesEvenly(int microBatch) {
    int samples = samplesOf(microBatch);
    return !path.isSet()
        || (samples >= 1 && samples < microBatch && Math.abs(share * microBatch - samples) < 1e-6);
  }

  static ExtraDataConfig from(Section section) {
    return new ExtraDataConfig(
        section.setting("path", Parsers.text()),
        section.get("split", Parsers.text()),
        section.get("share", Parsers.realBelow(1e-6, 1)));
  }
}
