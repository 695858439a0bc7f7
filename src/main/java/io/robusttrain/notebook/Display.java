package io.robusttrain.notebook;

import io.robusttrain.report.figure.Axis;
import io.robusttrain.report.figure.Curve;
import io.robusttrain.report.figure.Figure;
import java.awt.image.BufferedImage;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;

/**
 * What cells call to show things: every notebook has these methods without a class name. The result
 * of a cell needs none of them.
 *
 * <pre>{@code
 * Shown curve = display(plot("loss", "step", "loss", curve("training", losses)));
 * curve.update(plot("loss", "step", "loss", curve("training", moreLosses)));
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class Display {
  private static volatile Optional<Outlet> outlet = Optional.empty();
  private static volatile Optional<Throwable> failure = Optional.empty();

  private Display() {}

  /** Says where things are shown; standard output unless this is said. */
  static void setOutlet(Optional<Outlet> other) {
    outlet = other;
  }

  /** Keeps what a cell threw, for {@link #trace()}. */
  static void setFailure(Optional<Throwable> thrown) {
    failure = thrown;
  }

  /** Something below a cell, which can be replaced. Thread-safe. */
  public static final class Shown {
    private final String id = UUID.randomUUID().toString();

    private Shown() {}

    /** Shows something else in its place. */
    public void update(Object other) {
      DisplayData data = Renderings.of(other);
      data.setDisplayId(id);
      outlet.ifPresent(place -> place.update(data));
    }
  }

  /**
   * Shows something below the cell at once.
   *
   * @param value a picture ({@code BufferedImage}, or the bytes of a PNG or JPEG), a figure, a
   *     Spark {@code Dataset}, anything with a method {@code toPng()} or {@code toHtml()}, or text
   * @return what can be updated
   */
  public static Shown display(Object value) {
    DisplayData data = Renderings.of(value);
    Shown shown = new Shown();
    data.setDisplayId(shown.id);
    outlet.ifPresentOrElse(place -> place.show(data), () -> System.out.println(value));
    return shown;
  }

  /** HTML, to display it or as the result of a cell. */
  public static Html html(String fragment) {
    return new Html(fragment);
  }

  /**
   * A fragment of HTML.
   *
   * @param toHtml the fragment
   */
  public record Html(String toHtml) {
    @Override
    public String toString() {
      return toHtml.replaceAll("<[^>]*>", " ").strip();
    }
  }

  /**
   * Curves over one pair of axes.
   *
   * @param title above it
   * @param x what the axis below measures
   * @param y what the axis on the left measures
   */
  public static Figure plot(String title, String x, String y, Curve... curves) {
    return new Figure(title, Axis.linear(x), Axis.linear(y), List.of(curves));
  }

  /**
   * A curve for {@link #plot}; values that are not finite are left out.
   *
   * @param name in the legend
   * @param x values (n)
   * @param y values (n)
   */
  public static Curve curve(String name, double[] x, double[] y) {
    return Curve.of(name, x, y);
  }

  /** A curve over 1, 2, 3 and so on. */
  public static Curve curve(String name, double[] y) {
    return curve(name, IntStream.rangeClosed(1, y.length).asDoubleStream().toArray(), y);
  }

  /**
   * Horizontal bars, such as the confidence in classes.
   *
   * @param fractions by name, in [0,1], in the order in which they are drawn
   */
  public static BufferedImage bars(String title, Map<String, Double> fractions) {
    return Pictures.bars(title, new LinkedHashMap<>(fractions));
  }

  /**
   * Pictures in a row under their captions, such as one image at growing radii.
   *
   * @param captions as many as pictures
   */
  public static BufferedImage strip(List<String> captions, List<BufferedImage> pictures) {
    return Pictures.strip(captions, pictures);
  }

  /** Prints the whole stack of what the last failed cell threw. */
  public static void trace() {
    PrintStream out = System.out;
    failure.ifPresentOrElse(
        thrown -> thrown.printStackTrace(out), () -> out.println("no cell has failed"));
  }
}
