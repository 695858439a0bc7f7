package io.robusttrain.attack.fab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Numeric;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against recorded projections and against lower bounds on any move's length. */
@Numeric
class HyperplaneProjectionTest {
  private static final SafetensorsFixture GOLDEN =
      SafetensorsFixture.read("golden/attacks/losses_projections.safetensors");
  private static final int ROWS = 300;
  private static final int SIZE = 40;

  @BeforeAll
  static void start() {
    Arithmetic.start();
  }

  @ParameterizedTest
  @EnumSource(
      value = Norm.class,
      names = {"LINF", "L2"})
  void isTheReferences(Norm norm) {
    float[] expected = GOLDEN.floats(norm == Norm.L2 ? "fabproj.l2" : "fabproj.linf");
    float[] moves =
        moves(
            norm,
            GOLDEN.floats("fabproj.t"),
            GOLDEN.floats("fabproj.w"),
            GOLDEN.floats("fabproj.b"),
            48);
    // A level is a quotient of sums of 48 products; nothing moves by more than 1.
    assertThat(moves).containsExactly(expected, within(Rounding.apart(48, 1)));
  }

  /**
   * Where the hyperplane meets the box: the move ends on it, inside the box, and no shorter one
   * exists, because for every threshold the dual of the problem bounds all moves from below.
   */
  @ParameterizedTest
  @EnumSource(Norm.class)
  void noShorterMoveReachesTheHyperplane(Norm norm) {
    SplittableRandom random = new SplittableRandom(5);
    float[] points = new float[ROWS * SIZE];
    float[] weights = new float[ROWS * SIZE];
    float[] offsets = new float[ROWS];
    for (int row = 0; row < ROWS; row++) {
      double reach = 0;
      for (int i = row * SIZE; i < (row + 1) * SIZE; i++) {
        // Corners, ties and weights of 0 included.
        points[i] = i % 7 == 0 ? i % 2 : (float) random.nextDouble();
        weights[i] = i % 11 == 0 ? 0 : (float) (random.nextDouble() * 2 - 1);
        weights[i] = i % 5 == 0 ? Math.copySign(0.5f, weights[i]) : weights[i];
        reach +=
            (double) weights[i] * (random.nextDouble() < 0.8 ? points[i] : random.nextDouble());
      }
      offsets[row] = (float) reach;
    }
    float[] moves = moves(norm, points, weights, offsets, SIZE);
    for (int row = 0; row < ROWS; row++) {
      int from = row * SIZE;
      double[] w = doubles(weights, from);
      double[] x = doubles(points, from);
      double[] d = doubles(moves, from);
      double gap = offsets[row];
      double covered = 0;
      double outside = 0;
      double sizes = Math.abs(gap);
      for (int i = 0; i < SIZE; i++) {
        gap -= w[i] * x[i];
        covered += w[i] * d[i];
        sizes += Math.abs(w[i]) * (x[i] + Math.abs(d[i]));
        outside = Math.max(outside, Math.abs(x[i] + d[i] - 0.5) - 0.5);
      }
      // One sum of values up to 1; the gap and the level are sums of 40 products.
      assertThat(outside).isLessThan(2 * Rounding.UNIT);
      assertThat(covered).isCloseTo(gap, within(SIZE * Rounding.UNIT * sizes));
      double length = length(norm, d);
      // Rises of up to two levels, each a quotient of two such sums.
      assertThat(length)
          .isCloseTo(shortest(norm, w, x, gap), within(4 * SIZE * Rounding.UNIT * (1 + length)));
    }
  }

  @ParameterizedTest
  @EnumSource(Norm.class)
  void goesIntoTheNearestCornerWhereTheHyperplaneMissesTheBox(Norm norm) {
    float[] moves =
        moves(norm, new float[] {0.25f, 0.5f, 1}, new float[] {1, -2, 0}, new float[] {9}, 3);
    assertThat(moves).containsExactly(new float[] {0.75f, -0.5f, 0}, within(0f));
    moves = moves(norm, new float[] {0.25f, 0.5f, 1}, new float[] {1, -2, 0}, new float[] {-9}, 3);
    assertThat(moves).containsExactly(new float[] {-0.25f, 0.5f, 0}, within(0f));
  }

  @ParameterizedTest
  @EnumSource(Norm.class)
  void staysWhereItIsOnTheHyperplane(Norm norm) {
    float[] moves = moves(norm, new float[] {0.5f, 0.5f}, new float[] {1, 1}, new float[] {1}, 2);
    assertThat(moves).containsExactly(new float[2], within(0f));
  }

  @Test
  void ignoresWeightsThatVanish() {
    for (Norm norm : Norm.values()) {
      float[] moves = moves(norm, new float[] {0.5f, 0.5f}, new float[2], new float[] {1}, 2);
      assertThat(moves).containsExactly(new float[2], within(0f));
    }
  }

  private static float[] moves(
      Norm norm, float[] points, float[] weights, float[] offsets, int size) {
    int rows = offsets.length;
    try (PointerScope scope = new PointerScope()) {
      return Tensors.toArray(
          HyperplaneProjection.move(
              norm,
              Tensors.of(points, ComputeDevice.CPU, rows, size),
              Tensors.of(weights, ComputeDevice.CPU, rows, size),
              Tensors.of(offsets, ComputeDevice.CPU, rows)));
    }
  }

  private static double[] doubles(float[] values, int from) {
    double[] result = new double[SIZE];
    Arrays.setAll(result, i -> values[from + i]);
    return result;
  }

  private static double length(Norm norm, double[] move) {
    double result = 0;
    for (double change : move) {
      result =
          switch (norm) {
            case LINF -> Math.max(result, Math.abs(change));
            case L2 -> result + change * change;
            case L1 -> result + Math.abs(change);
          };
    }
    return norm == Norm.L2 ? Math.sqrt(result) : result;
  }

  /** By bisection on the level (Linf, L2) or on the dual's threshold (L1), in float64. */
  private static double shortest(Norm norm, double[] w, double[] x, double gap) {
    double[] room = new double[w.length];
    Arrays.setAll(room, i -> w[i] * gap > 0 ? 1 - x[i] : x[i]);
    double need = Math.abs(gap);
    if (norm == Norm.L1) {
      double best = 0;
      for (double threshold : w) {
        double tau = Math.abs(threshold);
        double bound = need;
        for (int i = 0; i < w.length; i++) {
          bound -= Math.max(Math.abs(w[i]) - tau, 0) * room[i];
        }
        best = tau > 0 ? Math.max(best, bound / tau) : best;
      }
      return best;
    }
    double low = 0;
    double high = 1e6;
    double[] move = new double[w.length];
    for (int round = 0; round < 200; round++) {
      double level = (low + high) / 2;
      double covered = 0;
      for (int i = 0; i < w.length; i++) {
        double size = Math.abs(w[i]);
        move[i] = size == 0 ? 0 : Math.min(norm == Norm.L2 ? level * size : level, room[i]);
        covered += size * move[i];
      }
      if (covered < need) {
        low = level;
      } else {
        high = level;
      }
    }
    return length(norm, move);
  }
}
