package io.robusttrain.data.prep.source;

import java.util.SplittableRandom;

/**
 * One drawn scene: background, clutter, and the figure that makes the class. Coordinates (u, v) run
 * over the unit square, colours are in [0, 1].
 */
final class Scene {
  private static final int CLUTTER = 3;
  private static final double TURN = 2 * Math.PI;

  private final Figure figure;
  private final double[] paint;
  private final double[] ground;
  private final double[] groundShift = new double[3];
  private final double groundCos;
  private final double groundSin;
  private final double light;
  private final double lightCos;
  private final double lightSin;
  private final double noise;
  private final double[][] clutter = new double[CLUTTER][];

  /** Draws a scene whose figure is of the named class. */
  Scene(String name, SplittableRandom random) {
    figure = new Figure(name, random);
    ground = colour(random);
    paint = contrasting(ground, random);
    for (int c = 0; c < 3; c++) {
      groundShift[c] = random.nextDouble(-0.2, 0.2);
    }
    double angle = random.nextDouble(TURN);
    groundCos = StrictMath.cos(angle);
    groundSin = StrictMath.sin(angle);
    light = random.nextDouble(0, 0.35);
    double from = random.nextDouble(TURN);
    lightCos = StrictMath.cos(from);
    lightSin = StrictMath.sin(from);
    noise = random.nextDouble(0, 0.05);
    for (int i = 0; i < CLUTTER; i++) {
      double direction = random.nextDouble(TURN);
      clutter[i] =
          new double[] {
            StrictMath.cos(direction),
            StrictMath.sin(direction),
            random.nextDouble(-0.6, 0.6),
            random.nextDouble(0.01, 0.05),
            random.nextDouble(-0.15, 0.15)
          };
    }
  }

  /** Standard deviation of the grain, in [0, 0.05]. */
  double noise() {
    return noise;
  }

  /** Writes the colour at a point into {@code out}. */
  void shade(double u, double v, double[] out) {
    double x = u - 0.5;
    double y = v - 0.5;
    double slope = groundCos * x + groundSin * y;
    double mark = 0;
    for (double[] line : clutter) {
      if (Math.abs(line[0] * x + line[1] * y - line[2]) < line[3]) {
        mark += line[4];
      }
    }
    boolean inside = figure.covers(u, v);
    double brightness = 1 + light * 1.4 * (lightCos * x + lightSin * y) - light / 2;
    for (int c = 0; c < 3; c++) {
      double base = inside ? paint[c] : ground[c] + groundShift[c] * slope * 2 + mark;
      out[c] = base * brightness;
    }
  }

  private static double[] colour(SplittableRandom random) {
    return new double[] {
      random.nextDouble(0.05, 0.95), random.nextDouble(0.05, 0.95), random.nextDouble(0.05, 0.95)
    };
  }

  /** A colour that can be told from another even under noise: brighter or darker at random. */
  private static double[] contrasting(double[] other, SplittableRandom random) {
    while (true) {
      double[] candidate = colour(random);
      double difference = 0.3 * (candidate[0] - other[0]);
      difference += 0.6 * (candidate[1] - other[1]) + 0.1 * (candidate[2] - other[2]);
      if (Math.abs(difference) > 0.3) {
        return candidate;
      }
    }
  }
}
