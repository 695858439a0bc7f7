package io.robusttrain.speed;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.util.stream.DoubleStream;

/**
 * The middle and the ends of some figures.
 *
 * @param median the mean of the two middle ones if their number is even
 * @param min the smallest
 * @param max the largest
 */
record Spread(double median, double min, double max) {
  /** The spread of at least one figure. */
  static Spread of(DoubleStream figures) {
    double[] sorted = figures.sorted().toArray();
    if (sorted.length == 0) {
      throw new IllegalArgumentException("no figures");
    }
    int upper = sorted.length / 2;
    int lower = (sorted.length - 1) / 2;
    return new Spread((sorted[lower] + sorted[upper]) / 2, sorted[0], sorted[sorted.length - 1]);
  }

  /** For programs. */
  ObjectNode json() {
    return Json.object().put("median", median).put("min", min).put("max", max);
  }
}
