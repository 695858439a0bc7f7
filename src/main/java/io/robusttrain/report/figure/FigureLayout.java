package io.robusttrain.report.figure;

import io.robusttrain.report.figure.Mark.Anchor;
import io.robusttrain.report.figure.Mark.Dot;
import io.robusttrain.report.figure.Mark.Line;
import io.robusttrain.report.figure.Mark.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Finds the place of everything in a figure. Used once. */
final class FigureLayout {
  static final int WIDTH = 720;

  private static final int PLOT_HEIGHT = 320;
  private static final int LEFT = 76;
  private static final int RIGHT = 24;
  private static final int TOP = 44;
  private static final int BELOW = 56;
  private static final int LEGEND_ROW = 20;
  private static final int LETTER = 7;
  private static final int SWATCH = 30;
  private static final int MOST_DOTS = 40;
  private static final int TEXT = 12;
  private static final int TITLE = 15;
  private static final int FRAME = 0x666666;
  private static final int GRID = 0xe4e4e4;

  /** Okabe and Ito's colours, which all eyes tell apart. */
  private static final int[] COLORS = {
    0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x222222
  };

  private final Axis x;
  private final Axis y;
  private final List<Curve> curves;
  private final List<Mark> marks = new ArrayList<>();
  private double[] rangeX;
  private double[] rangeY;
  private boolean wholeX;

  FigureLayout(Axis x, Axis y, List<Curve> curves) {
    this.x = x;
    this.y = y;
    this.curves = curves;
  }

  /** A point that both axes show. */
  private record Point(double x, double y, double spread) {}

  Drawing drawing(String title) {
    List<List<Point>> shown = curves.stream().map(this::points).toList();
    List<Point> all = shown.stream().flatMap(List::stream).toList();
    rangeX = range(all, Point::x, point -> 0, x);
    rangeY = range(all, Point::y, Point::spread, y);
    wholeX = all.stream().allMatch(point -> point.x() == Math.rint(point.x()));
    marks.add(new Text(WIDTH / 2.0, TOP - 20.0, title, TITLE, Anchor.MIDDLE, false));
    axes();
    for (int i = 0; i < shown.size(); i++) {
      curve(shown.get(i), COLORS[i % COLORS.length]);
    }
    int height = legend();
    return new Drawing(WIDTH, height, title, List.copyOf(marks));
  }

  private List<Point> points(Curve curve) {
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < curve.x().length; i++) {
      if (x.shows(curve.x()[i]) && y.shows(curve.y()[i])) {
        double spread = curve.spread().length == 0 ? 0 : curve.spread()[i];
        points.add(new Point(curve.x()[i], curve.y()[i], Double.isFinite(spread) ? spread : 0));
      }
    }
    return points;
  }

  /** The smallest and the largest value with its bar, a little apart. */
  private static double[] range(
      List<Point> points,
      ToDoubleFunction<Point> value,
      ToDoubleFunction<Point> spread,
      Axis axis) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (Point point : points) {
      double middle = value.applyAsDouble(point);
      double below = middle - spread.applyAsDouble(point);
      low = Math.min(low, axis.shows(below) ? below : middle);
      high = Math.max(high, middle + spread.applyAsDouble(point));
    }
    if (points.isEmpty()) {
      return new double[] {1, 2};
    }
    if (axis.scale() == Axis.Scale.LINEAR) {
      double margin = high > low ? 0.04 * (high - low) : Math.max(0.5, 0.1 * Math.abs(high));
      return new double[] {low - margin, high + margin};
    }
    return high > low ? new double[] {low, high} : new double[] {low / 2, 2 * high + 1};
  }

  private double placeX(double value) {
    return LEFT + share(x, rangeX, value) * (WIDTH - LEFT - RIGHT);
  }

  private double placeY(double value) {
    return TOP + (1 - share(y, rangeY, value)) * PLOT_HEIGHT;
  }

  private static double share(Axis axis, double[] range, double value) {
    double low = axis.scale().place(range[0]);
    double high = axis.scale().place(range[1]);
    double place = axis.scale().place(value);
    // A bar may end where a logarithmic axis has no place.
    return Double.isFinite(place) ? Math.max(0, Math.min(1, (place - low) / (high - low))) : 0;
  }

  private void axes() {
    double bottom = TOP + PLOT_HEIGHT;
    double right = WIDTH - RIGHT;
    for (double tick : x.ticks(rangeX[0], rangeX[1], wholeX)) {
      double at = placeX(tick);
      marks.add(new Line(at, TOP, at, bottom, GRID, 1));
      marks.add(new Text(at, bottom + 18, Axis.text(tick), TEXT, Anchor.MIDDLE, false));
    }
    for (double tick : y.ticks(rangeY[0], rangeY[1], false)) {
      double at = placeY(tick);
      marks.add(new Line(LEFT, at, right, at, GRID, 1));
      marks.add(new Text(LEFT - 8.0, at + 4, Axis.text(tick), TEXT, Anchor.END, false));
    }
    marks.add(new Line(LEFT, TOP, LEFT, bottom, FRAME, 1));
    marks.add(new Line(LEFT, bottom, right, bottom, FRAME, 1));
    marks.add(new Text((LEFT + right) / 2, bottom + 40, x.label(), TEXT + 1, Anchor.MIDDLE, false));
    marks.add(new Text(18, TOP + PLOT_HEIGHT / 2.0, y.label(), TEXT + 1, Anchor.MIDDLE, true));
  }

  private void curve(List<Point> points, int color) {
    for (int i = 0; i < points.size(); i++) {
      Point point = points.get(i);
      double atX = placeX(point.x());
      double atY = placeY(point.y());
      if (i > 0) {
        Point before = points.get(i - 1);
        marks.add(new Line(placeX(before.x()), placeY(before.y()), atX, atY, color, 2));
      }
      if (point.spread() > 0) {
        double low = placeY(point.y() - point.spread());
        double high = placeY(point.y() + point.spread());
        marks.add(new Line(atX, low, atX, high, color, 1));
      }
      if (points.size() <= MOST_DOTS) {
        marks.add(new Dot(atX, atY, 3, color));
      }
    }
  }

  /** Names of the curves, in as many rows as they need; the answer is where the sheet ends. */
  private int legend() {
    int row = TOP + PLOT_HEIGHT + BELOW + LEGEND_ROW / 2;
    int at = LEFT;
    for (int i = 0; i < curves.size(); i++) {
      if (curves.get(i).name().isEmpty()) {
        continue;
      }
      int width = SWATCH + LETTER * curves.get(i).name().length() + LETTER;
      if (at > LEFT && at + width > WIDTH - RIGHT) {
        at = LEFT;
        row += LEGEND_ROW;
      }
      marks.add(new Line(at, row - 4.0, at + 20.0, row - 4.0, COLORS[i % COLORS.length], 2));
      marks.add(new Text(at + 26.0, row, curves.get(i).name(), TEXT, Anchor.START, false));
      at += width;
    }
    return row + LEGEND_ROW;
  }
}
