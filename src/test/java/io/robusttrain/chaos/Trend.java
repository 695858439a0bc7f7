package io.robusttrain.chaos;

import java.util.ArrayList;
import java.util.List;

/** A quantity over time, and the straight line through it. Not thread-safe. */
final class Trend {
  private record Point(double seconds, double value) {}

  private final List<Point> points = new ArrayList<>();

  void add(double seconds, double value) {
    points.add(new Point(seconds, value));
  }

  /** What was measured from a time on. */
  Trend from(double seconds) {
    Trend later = new Trend();
    points.stream().filter(point -> point.seconds >= seconds).forEach(later.points::add);
    return later;
  }

  boolean isEmpty() {
    return points.isEmpty();
  }

  /** The time of the first point; 0 of none. */
  double start() {
    return points.isEmpty() ? 0 : points.get(0).seconds;
  }

  double first() {
    return points.get(0).value;
  }

  double last() {
    return points.get(points.size() - 1).value;
  }

  double largest() {
    return points.stream().mapToDouble(Point::value).max().orElse(Double.NaN);
  }

  /** Seconds between the first and the last point. */
  double span() {
    return points.isEmpty() ? 0 : points.get(points.size() - 1).seconds - points.get(0).seconds;
  }

  double median() {
    List<Double> values = points.stream().map(Point::value).sorted().toList();
    return values.isEmpty() ? Double.NaN : values.get(values.size() / 2);
  }

  /** Change per second of the line with the least squares; NaN of fewer than two points. */
  double slope() {
    double meanTime = points.stream().mapToDouble(Point::seconds).average().orElse(Double.NaN);
    double meanValue = points.stream().mapToDouble(Point::value).average().orElse(Double.NaN);
    double products = 0;
    double squares = 0;
    for (Point point : points) {
      products += (point.seconds - meanTime) * (point.value - meanValue);
      squares += (point.seconds - meanTime) * (point.seconds - meanTime);
    }
    return products / squares;
  }
}
