package io.robusttrain.speed;

import io.robusttrain.model.Architecture;
import java.util.Locale;

/** Results of several models, one line each, as a Markdown table. Thread-safe. */
public final class SpeedTable {
  private static final String ROW = "| %s | %s | %s | %s | %s | %s | %s | %s |%n";

  private SpeedTable() {}

  /** The two lines above the rows. */
  public static String head() {
    return ROW.formatted(
            "model", "input", "GMACs", "batch", "images/s", "GFLOP/s", "of sgemm", "peak RSS")
        + "|---|---|---|---|---|---|---|---|%n".formatted();
  }

  /** The line of a model. */
  public static String row(SpeedResult result) {
    Architecture model = result.plan().architecture();
    return ROW.formatted(
        model.name(),
        model.imageHeight() + "x" + model.imageWidth(),
        number("%.3f", model.macsPerImage() / 1e9),
        result.plan().batch(),
        number("%.2f", result.imagesPerSecond().median()),
        number("%.1f", result.gigaflops()),
        number("%.1f %%", 100 * result.ratio()) + (result.matrixRateDiffers() ? " *" : ""),
        number("%,d MB", result.peakBytes() >> 20));
  }

  private static String number(String format, Object value) {
    return String.format(Locale.ROOT, format, value);
  }
}
