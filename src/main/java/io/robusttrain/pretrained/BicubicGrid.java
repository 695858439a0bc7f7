package io.robusttrain.pretrained;

import java.util.function.IntToDoubleFunction;

/**
 * Antialiased bicubic resizing of a grid of vectors, as PyTorch's {@code interpolate(mode =
 * "bicubic", antialias = True, align_corners = False)}, which timm uses for position embeddings:
 * Keys' kernel with a = -0.5, widened where the grid shrinks, its weights normalised at the edges.
 */
final class BicubicGrid {
  private static final double A = -0.5;
  private static final int RADIUS = 2;

  private BicubicGrid() {}

  /**
   * Resizes.
   *
   * @param source (rows, columns, D), row-major, from {@code offset} on
   * @param from its rows and columns
   * @param target gets (rows, columns, D), row-major, from {@code offset} on
   * @param to its rows and columns
   */
  static void resize(float[] source, Grid from, float[] target, Grid to, int dim, int offset) {
    Axis horizontal = new Axis(from.columns(), to.columns());
    Axis vertical = new Axis(from.rows(), to.rows());
    double[] narrow = new double[from.rows() * to.columns() * dim];
    for (int row = 0; row < from.rows(); row++) {
      for (int column = 0; column < to.columns(); column++) {
        int at = (row * to.columns() + column) * dim;
        int first = offset + (row * from.columns() + horizontal.first[column]) * dim;
        for (int d = 0; d < dim; d++) {
          int element = first + d;
          narrow[at + d] = horizontal.sum(column, k -> source[element + k * dim]);
        }
      }
    }
    int stride = to.columns() * dim;
    for (int row = 0; row < to.rows(); row++) {
      int first = vertical.first[row] * stride;
      for (int i = 0; i < stride; i++) {
        int element = first + i;
        target[offset + row * stride + i] =
            (float) vertical.sum(row, k -> narrow[element + k * stride]);
      }
    }
  }

  /** Rows and columns of tokens. */
  record Grid(int rows, int columns) {
    int tokens() {
      return rows * columns;
    }

    @Override
    public String toString() {
      return rows + "x" + columns;
    }
  }

  /** Where each output takes its inputs, and with which weights. */
  private static final class Axis {
    final int[] first;
    final double[][] weights;

    Axis(int in, int out) {
      first = new int[out];
      weights = new double[out][];
      double scale = (double) in / out;
      double widening = Math.max(scale, 1);
      double support = RADIUS * widening;
      for (int i = 0; i < out; i++) {
        double center = scale * (i + 0.5);
        first[i] = Math.max((int) (center - support + 0.5), 0);
        int end = Math.min((int) (center + support + 0.5), in);
        weights[i] = new double[end - first[i]];
        double total = 0;
        for (int k = 0; k < weights[i].length; k++) {
          weights[i][k] = kernel((k + first[i] - center + 0.5) / widening);
          total += weights[i][k];
        }
        for (int k = 0; k < weights[i].length; k++) {
          weights[i][k] /= total;
        }
      }
    }

    double sum(int output, IntToDoubleFunction input) {
      double sum = 0;
      for (int k = 0; k < weights[output].length; k++) {
        sum += weights[output][k] * input.applyAsDouble(k);
      }
      return sum;
    }
  }

  private static double kernel(double distance) {
    double x = Math.abs(distance);
    if (x < 1) {
      return ((A + 2) * x - (A + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
  }
}
