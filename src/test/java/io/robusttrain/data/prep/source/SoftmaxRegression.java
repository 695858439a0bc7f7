package io.robusttrain.data.prep.source;

import java.util.SplittableRandom;

/**
 * Multinomial logistic regression on pixels by stochastic gradient descent, in double precision.
 */
final class SoftmaxRegression {
  private SoftmaxRegression() {}

  /** Accuracy on the images it was trained on and on fresh ones. */
  static double[] accuracy(SyntheticImages images, int train, int test, int epochs) {
    int inputs = 3 * images.size() * images.size() + 1;
    double[][] weights = new double[images.classes()][inputs];
    double[][] samples = new double[train][];
    for (int i = 0; i < train; i++) {
      samples[i] = input(images, "train", i);
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int epoch = 0; epoch < epochs; epoch++) {
      double rate = 0.01 * (1 - epoch / (double) epochs);
      for (int step = 0; step < train; step++) {
        int i = random.nextInt(train);
        double[] p = probabilities(weights, samples[i]);
        for (int c = 0; c < p.length; c++) {
          double slope = rate * (p[c] - (c == images.label(i) ? 1 : 0));
          for (int k = 0; k < inputs; k++) {
            weights[c][k] -= slope * samples[i][k];
          }
        }
      }
    }
    int seen = 0;
    for (int i = 0; i < train; i++) {
      seen += best(probabilities(weights, samples[i])) == images.label(i) ? 1 : 0;
    }
    int fresh = 0;
    for (int i = 0; i < test; i++) {
      fresh += best(probabilities(weights, input(images, "val", i))) == images.label(i) ? 1 : 0;
    }
    return new double[] {seen / (double) train, fresh / (double) test};
  }

  private static double[] input(SyntheticImages images, String split, int index) {
    byte[] pixels = images.pixels(split, index);
    double[] input = new double[pixels.length + 1];
    for (int k = 0; k < pixels.length; k++) {
      input[k] = (pixels[k] & 0xff) / 127.5 - 1;
    }
    input[pixels.length] = 1;
    return input;
  }

  private static double[] probabilities(double[][] weights, double[] input) {
    double[] scores = new double[weights.length];
    double highest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < scores.length; c++) {
      for (int k = 0; k < input.length; k++) {
        scores[c] += weights[c][k] * input[k];
      }
      highest = Math.max(highest, scores[c]);
    }
    double sum = 0;
    for (int c = 0; c < scores.length; c++) {
      scores[c] = Math.exp(scores[c] - highest);
      sum += scores[c];
    }
    for (int c = 0; c < scores.length; c++) {
      scores[c] /= sum;
    }
    return scores;
  }

  private static int best(double[] scores) {
    int best = 0;
    for (int c = 1; c < scores.length; c++) {
      best = scores[c] > scores[best] ? c : best;
    }
    return best;
  }
}
