package io.robusttrain.config;

import io.robusttrain.config.value.Parsers;
import io.robusttrain.config.value.Section;
import java.io.Serializable;

/**
 * Group {@code report}: what is shown and written beside the metrics.
 *
 * @param logEverySteps steps between two progress lines in a log
 * @param tensorboard whether TensorBoard events are written
 * @param html whether report.html is written at the end
 */
public record ReportConfig(int logEverySteps, boolean tensorboard, boolean html)
    implements Serializable {

  static ReportConfig from(Section section) {
    return new ReportConfig(
        section.get("log-every-steps", Parsers.count(1, 1_000_000)),
        section.get("tensorboard", Parsers.flag()),
        section.get("html", Parsers.flag()));
  }
}
