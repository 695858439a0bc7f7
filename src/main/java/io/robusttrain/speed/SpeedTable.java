package io.robusttrain.speed;

import io.robusttrain.base.Figures;
import io.robusttrain.model.Architecture;

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
        Figures.format("%.3f", model.macsPerImage() / 1e9),
        result.plan().batch(),
        Figures.format("%.2f", result.imagesPerSecond().median()),
        Figures.format("%.1f", result.gigaflops()),
        Figures.format("%.1f %%", 100 * result.ratio()) + (result.matrixRateDiffers() ? " *" : ""),
        Figures.format("%,d MB", result.peakBytes() >> 20));
  }
}
