package io.robusttrain.objective.mix;

import java.util.SplittableRandom;

/**
 * The Beta(a, a) distribution: Jöhnk's algorithm (1964) for a up to 1, Cheng's BB (Generating beta
 * variates with nonintegral shape parameters, 1978) above.
 *
 * @param shape a, above 0
 */
record SymmetricBeta(double shape) {
  /** A number in [0,1]. */
  double draw(SplittableRandom random) {
    return shape <= 1 ? johnk(random) : cheng(random);
  }

  private double johnk(SplittableRandom random) {
    while (true) {
      // In logarithms, for powers of a small shape underflow.
      double x = Math.log(1 - random.nextDouble()) / shape;
      double y = Math.log(1 - random.nextDouble()) / shape;
      double larger = Math.max(x, y);
      double sum = larger + Math.log(Math.exp(x - larger) + Math.exp(y - larger));
      if (sum <= 0) {
        return Math.exp(x - sum);
      }
    }
  }

  private double cheng(SplittableRandom random) {
    double sum = 2 * shape;
    double beta = Math.sqrt((sum - 2) / (2 * shape * shape - sum));
    double gamma = shape + 1 / beta;
    while (true) {
      double first = 1 - random.nextDouble();
      double second = 1 - random.nextDouble();
      double v = beta * (Math.log(first) - Math.log1p(-first));
      double w = shape * Math.exp(v);
      double z = first * first * second;
      double r = gamma * v - Math.log(4);
      boolean accepted = r + sum * (Math.log(sum) - Math.log(shape + w)) >= Math.log(z);
      if (accepted && w < Double.POSITIVE_INFINITY) {
        return w / (shape + w);
      }
    }
  }
}
