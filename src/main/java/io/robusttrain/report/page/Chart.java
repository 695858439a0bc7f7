package io.robusttrain.report.page;

import io.robusttrain.report.figure.Axis;
import io.robusttrain.report.figure.Curve;
import io.robusttrain.report.figure.Figure;
import java.util.ArrayList;
import java.util.List;

/**
 * A chart of a page: lines over one x axis. Charts of a page whose x axes have the same label show
 * the same part of it.
 *
 * @param title of the chart, in its caption
 * @param x the axis below
 * @param y one axis, or a second one on the right
 * @param lines in the order of the legend
 * @param marks places on the x axis where something happened
 */
public record Chart(String title, Axis x, List<Axis> y, List<Line> lines, List<Mark> marks) {
  /** Checks that each line has an axis. */
  public Chart {
    y = List.copyOf(y);
    lines = List.copyOf(lines);
    marks = List.copyOf(marks);
    for (Line line : lines) {
      if (line.axis() >= y.size()) {
        throw new IllegalArgumentException(
            "%s: axis %d of %d".formatted(title, line.axis(), y.size()));
      }
    }
  }

  /**
   * A line of a chart.
   *
   * @param curve its points; those that are not finite or that an axis cannot show are left out. A
   *     line without a name has no place in the legend
   * @param axis index of its y axis
   * @param run index of the run that it belongs to, which a page can hide; 0 where there is one
   * @param colour index of the colour; there are eight
   * @param dash index of the pattern, 0 for a solid line; there are four
   */
  public record Line(Curve curve, int axis, int run, int colour, int dash) {}

  /** What a mark stands for. */
  public enum Kind {
    BEST,
    ALARM,
    RECOVERY
  }

  /**
   * A place on the x axis.
   *
   * @param text what happened there
   */
  public record Mark(double x, Kind kind, String text) {}

  /** The chart as figures, one for each of its y axes. */
  public List<Figure> figures() {
    List<Figure> figures = new ArrayList<>();
    for (int axis = 0; axis < y.size(); axis++) {
      int of = axis;
      List<Curve> curves =
          lines.stream().filter(line -> line.axis() == of).map(Line::curve).toList();
      String name = y.size() == 1 ? title : title + ": " + y.get(axis).label();
      figures.add(new Figure(name, x, y.get(axis), curves));
    }
    return figures;
  }

  /** A figure as a chart. */
  public static Chart of(Figure figure) {
    List<Line> lines = new ArrayList<>();
    for (Curve curve : figure.curves()) {
      lines.add(new Line(curve, 0, 0, lines.size(), 0));
    }
    return new Chart(figure.title(), figure.x(), List.of(figure.y()), lines, List.of());
  }
}
