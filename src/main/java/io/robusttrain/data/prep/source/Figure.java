package io.robusttrain.data.prep.source;

import java.util.SplittableRandom;

/** The figure of a scene: an outline, filled plain or with a texture, placed in the unit square. */
final class Figure {
  private static final double[] TRIANGLE = normals(3);
  private static final double[] PENTAGON = normals(5);
  private static final double[] HEXAGON = normals(6);

  private final String name;
  private final int outline;
  private final double centreX;
  private final double centreY;
  private final double scale;
  private final double cos;
  private final double sin;
  private final double period;
  private final double phase;

  /** Draws a figure of the named class. */
  Figure(String name, SplittableRandom random) {
    this.name = name;
    outline = random.nextInt(3);
    double radius = random.nextDouble(0.24, 0.42);
    scale = 1 / radius;
    double play = Math.max(0, 0.5 - radius) + 0.04;
    centreX = 0.5 + random.nextDouble(-play, play);
    centreY = 0.5 + random.nextDouble(-play, play);
    double angle = random.nextDouble(2 * Math.PI);
    cos = StrictMath.cos(angle);
    sin = StrictMath.sin(angle);
    period = random.nextDouble(0.55, 0.8);
    phase = random.nextDouble();
  }

  /** Whether the figure's paint covers a point of the unit square. */
  boolean covers(double u, double v) {
    double dx = (u - centreX) * scale;
    double dy = (v - centreY) * scale;
    double x = cos * dx + sin * dy;
    double y = cos * dy - sin * dx;
    double r2 = x * x + y * y;
    if (r2 > 1) {
      return false;
    }
    return switch (name) {
      case "disc" -> r2 < 0.72;
      case "ring" -> r2 < 0.9 && r2 > 0.3;
      case "triangle" -> polygon(x, y, TRIANGLE) < 0.5;
      case "square" -> Math.max(Math.abs(x), Math.abs(y)) < 0.7;
      case "star" -> star(x, y);
      case "cross" ->
          Math.min(Math.abs(x), Math.abs(y)) < 0.24 && Math.max(Math.abs(x), Math.abs(y)) < 0.92;
      case "crescent" -> r2 < 0.85 && (x - 0.5) * (x - 0.5) + y * y > 0.5;
      case "striped" -> patch(x, y, r2) && wave(x) < 0.5;
      case "checkered" -> patch(x, y, r2) && (wave(x) < 0.5) == (wave(y) < 0.5);
      case "dotted" -> patch(x, y, r2) && dot(x, y);
      default -> throw new IllegalArgumentException("no figure " + name);
    };
  }

  /** Outline of textured figures: a disc, a square or a hexagon, so that it tells nothing. */
  private boolean patch(double x, double y, double r2) {
    return switch (outline) {
      case 0 -> r2 < 0.95;
      case 1 -> Math.max(Math.abs(x), Math.abs(y)) < 0.75;
      default -> polygon(x, y, HEXAGON) < 0.85;
    };
  }

  private double wave(double x) {
    double t = x / period + phase;
    return t - Math.floor(t);
  }

  private boolean dot(double x, double y) {
    double a = wave(x) - 0.5;
    double b = wave(y) - 0.5;
    return a * a + b * b < 0.1;
  }

  /** Distance to the nearest side of a regular polygon, measured from its centre. */
  private static double polygon(double x, double y, double[] normals) {
    double far = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < normals.length; i += 2) {
      far = Math.max(far, x * normals[i] + y * normals[i + 1]);
    }
    return far;
  }

  /** The unit normals of a regular polygon's sides, x and y in turn. */
  private static double[] normals(int sides) {
    double[] normals = new double[2 * sides];
    for (int i = 0; i < sides; i++) {
      normals[2 * i] = StrictMath.cos(2 * Math.PI * i / sides);
      normals[2 * i + 1] = StrictMath.sin(2 * Math.PI * i / sides);
    }
    return normals;
  }

  /** Five-pointed star: inside all but one of the five lines that draw it. */
  private static boolean star(double x, double y) {
    int outside = 0;
    for (int i = 0; i < PENTAGON.length; i += 2) {
      if (x * PENTAGON[i] + y * PENTAGON[i + 1] > 0.34) {
        outside++;
      }
    }
    return outside <= 1;
  }
}
