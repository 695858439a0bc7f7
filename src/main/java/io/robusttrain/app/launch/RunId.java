package io.robusttrain.app.launch;

import io.robusttrain.config.RunConfig;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The name of a run directory. */
public final class RunId {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private RunId() {}

  /** {@code run.id}, else {@code <model>-<last part of data.path>-<UTC time>}. */
  public static String of(RunConfig config, Instant start) {
    return config
        .run()
        .id()
        .orElse(
            config.model().name() + "-" + dataSet(config.data().path()) + "-" + TIME.format(start));
  }

  private static String dataSet(String path) {
    String trimmed = path.replaceAll("/+$", "");
    String last = trimmed.substring(trimmed.lastIndexOf('/') + 1);
    return last.isEmpty() ? "data" : last.replaceAll("[^A-Za-z0-9._-]", "_");
  }
}
