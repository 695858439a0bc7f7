package io.robusttrain.config;

import io.robusttrain.config.value.ChangesNoResult;
import io.robusttrain.config.value.ChangesNoResult.Of;
import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import io.robusttrain.config.value.Setting;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Group {@code run}: identity of the run.
 *
 * @param id name of the run directory; open: derived from model, data set and time
 * @param dir folder of the run directories, a path or a Hadoop URI
 * @param seed key of every random draw, at least 0
 * @param allowChanged keys that may have other values than the checkpoint that is continued; open:
 *     those only that change no result
 * @param lease after which a driver that gives no sign of life has lost the run
 */
public record RunSection(
    @ChangesNoResult(Of.STEP) Setting<String> id,
    @ChangesNoResult(Of.STEP) String dir,
    long seed,
    @ChangesNoResult Setting<List<String>> allowChanged,
    @ChangesNoResult Duration lease)
    implements Serializable {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  static RunSection from(Section section) {
    return new RunSection(
        section.setting(
            "id", Parsers.matching(ID, "letters, digits, dots, dashes and underscores")),
        section.get("dir", Parsers.text()),
        section.get("seed", Parsers.whole(0, Long.MAX_VALUE)),
        section.setting("allow-changed", Parsers.list(Parsers.text())),
        section.get("lease", Parsers.duration(Duration.ofSeconds(1), Duration.ofHours(1))));
  }
}
