package io.robusttrain.report.figure;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Curves over one pair of axes. PNG and SVG are the same drawing.
 *
 * @param title above it
 * @param x the axis below
 * @param y the axis on the left
 * @param curves in the order of the legend
 */
public record Figure(String title, Axis x, Axis y, List<Curve> curves) {
  public Figure {
    curves = List.copyOf(curves);
  }

  /** Whether it has no point to show. */
  public boolean isEmpty() {
    return curves.stream().noneMatch(curve -> Arrays.stream(curve.y()).anyMatch(Double::isFinite));
  }

  /** The figure as PNG of 720 pixels in width. */
  public byte[] png() throws IOException {
    return drawing().png();
  }

  /** The figure as SVG. */
  public byte[] svg() {
    return drawing().svg();
  }

  /** Puts both into files of a name, and returns the figure. */
  @CanIgnoreReturnValue
  public Figure putInto(Map<String, byte[]> files, String name) throws IOException {
    files.put(name + ".png", png());
    files.put(name + ".svg", svg());
    return this;
  }

  private Drawing drawing() {
    return new FigureLayout(x, y, curves).drawing(title);
  }
}
