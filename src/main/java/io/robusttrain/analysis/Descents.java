package io.robusttrain.analysis;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.util.List;

/**
 * The outcome of one stage of measured descents, all blocks together.
 *
 * @param losses of each seed, image and reading (S, B, R)
 * @param predictions of the points at the end (S, B)
 * @param margins there: the probability of the label less that of the best other class (S, B)
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Descents(double[][][] losses, int[][] predictions, double[][] margins) {
  /**
   * Puts blocks together.
   *
   * @param seeds whose blocks follow each other, as many for each
   * @param rows the images of each seed
   */
  static Descents of(int seeds, int[] rows, List<ObjectNode> blocks) {
    double[][][] losses = new double[seeds][rows.length][];
    int[][] predictions = new int[seeds][rows.length];
    double[][] margins = new double[seeds][rows.length];
    int each = blocks.size() / seeds;
    for (int seed = 0; seed < seeds; seed++) {
      int next = 0;
      for (ObjectNode block : blocks.subList(seed * each, (seed + 1) * each)) {
        double[][] read = Json.array(block, "losses", double[][].class);
        System.arraycopy(read, 0, losses[seed], next, read.length);
        System.arraycopy(
            Json.array(block, "predictions", int[].class), 0, predictions[seed], next, read.length);
        System.arraycopy(
            Json.array(block, "margins", double[].class), 0, margins[seed], next, read.length);
        next += read.length;
      }
    }
    return new Descents(losses, predictions, margins);
  }

  /** The mean loss over the images of a seed. */
  double meanLoss(int seed, int reading) {
    double sum = 0;
    for (double[] image : losses[seed]) {
      sum += image[reading];
    }
    return sum / losses[seed].length;
  }

  /** The mean loss over the images, its mean and spread over the seeds. */
  Summary loss(int reading) {
    double[] means = new double[losses.length];
    for (int seed = 0; seed < means.length; seed++) {
      means[seed] = meanLoss(seed, reading);
    }
    return Summary.of(means);
  }
}
