package io.robusttrain.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What small changes of its input do to each named result of a computation: the largest change of
 * each element over several moved runs in float64, see {@link Perturbation}.
 *
 * <p>Decisions are in it, too. A sign of a gradient that hangs on rounding comes out both ways
 * among the moved runs, so that its pixel, and what follows from it, may differ; a pixel that no
 * moved run turns over may not.
 */
public final class Spread {
  /**
   * The share of a spread that float64's own rounding makes, in our program and in the recorded
   * one: it has 2^29 times the precision.
   */
  public static final double OF_FLOAT64 = 0x1p-28;

  /** With a decision at a tie, the chance that no run shows its other side is 1 in 256. */
  public static final int RUNS = 8;

  private final Map<String, double[]> exact;
  private final double size;
  private final List<Map<String, double[]>> moved = new ArrayList<>();

  private Spread(Map<String, double[]> exact, double size) {
    this.exact = exact;
    this.size = size;
  }

  /**
   * Runs a computation unmoved, then moved.
   *
   * @param size relative, of the changes
   * @param run gives all results by name
   */
  public static Spread of(double size, Function<Perturbation, Map<String, double[]>> run) {
    return of(run.apply(Perturbation.NONE), RUNS, size, run);
  }

  /**
   * As {@link #of(double, Function)}, where the results of the unmoved run are known.
   *
   * @param runs how many moved ones; few are enough where no decision stands at a tie
   */
  public static Spread of(
      Map<String, double[]> exact,
      int runs,
      double size,
      Function<Perturbation, Map<String, double[]>> run) {
    Spread spread = new Spread(exact, size);
    for (int number = 1; number <= runs; number++) {
      spread.moved.add(run.apply(new Perturbation(number, size)));
    }
    return spread;
  }

  /** The results of the unmoved run. */
  public Map<String, double[]> exact() {
    return exact;
  }

  /** The relative size of the changes. */
  public double size() {
    return size;
  }

  /** The largest change of any element of a result. */
  public double of(String name) {
    return moved.stream()
        .mapToDouble(run -> Doubles.largestDifference(run.get(name), exact.get(name)))
        .max()
        .orElseThrow();
  }

  /**
   * Checks recorded values, element by element.
   *
   * @param share of the spread that the recording may be off, beside its own rounding to float32:
   *     {@link #OF_FLOAT64} for a recording of float64 results
   */
  public void assertRecorded(String name, float[] recorded, double share) {
    double[] values = exact.get(name);
    assertThat(values).as(name).hasSameSizeAs(recorded);
    double allowed = share * of(name) + Float.MIN_VALUE;
    for (int i = 0; i < values.length; i++) {
      assertThat(Math.abs(values[i] - recorded[i]))
          .as("%s[%d] = %s, recorded %s", name, i, values[i], recorded[i])
          .isLessThanOrEqualTo(Rounding.UNIT * Math.abs(recorded[i]) + allowed);
    }
  }

  /**
   * Checks recorded values of a program whose constants may differ from ours by the relative size
   * of the changes: each within twice its own spread, beside its rounding to float32.
   */
  public void assertEachRecorded(String name, float[] recorded) {
    assertEachRecorded(name, exact.get(name), recorded);
  }

  /** As {@link #assertEachRecorded(String, float[])}, of another run's values. */
  public void assertEachRecorded(String name, double[] values, float[] recorded) {
    double[] widest = changes(name);
    assertThat(values).as(name).hasSameSizeAs(recorded);
    for (int i = 0; i < values.length; i++) {
      assertThat(Math.abs(values[i] - recorded[i]))
          .as("%s[%d] = %s, recorded %s", name, i, values[i], recorded[i])
          .isLessThanOrEqualTo(Rounding.UNIT * Math.abs(recorded[i]) + 2 * widest[i]);
    }
  }

  /**
   * Checks what float32 made of the computation: within twice the spread, for where two decisions
   * hang on rounding a moved run may have shown one, float32 both.
   */
  public void assertNear(String name, double[] actual) {
    double[] values = exact.get(name);
    assertThat(Doubles.largestDifference(actual, values))
        .as("float32's error of " + name)
        .isLessThanOrEqualTo(2 * of(name) + Rounding.UNIT * Doubles.largest(values));
  }

  /**
   * As {@link #assertNear}, each element within twice its own spread. For values that a few
   * decisions change by much, such as attacked pixels.
   */
  public void assertEachNear(String name, double[] actual) {
    double[] values = exact.get(name);
    double[] widest = changes(name);
    assertThat(actual).as(name).hasSameSizeAs(values);
    double rounding = 2 * size * Doubles.largest(values);
    for (int i = 0; i < values.length; i++) {
      assertThat(Math.abs(actual[i] - values[i]))
          .as("float32's error of %s[%d] = %s", name, i, values[i])
          .isLessThanOrEqualTo(2 * widest[i] + rounding);
    }
  }

  /** The largest change of each element. */
  private double[] changes(String name) {
    double[] values = exact.get(name);
    double[] widest = new double[values.length];
    for (Map<String, double[]> run : moved) {
      double[] other = run.get(name);
      for (int i = 0; i < values.length; i++) {
        widest[i] = Math.max(widest[i], Math.abs(other[i] - values[i]));
      }
    }
    return widest;
  }

  /**
   * Checks how many elements are off by more than a threshold: no more than twice as many as in the
   * moved run that has most. For trajectories, where one overturned decision brings others.
   */
  public void assertNoMoreDiffer(String name, double[] actual, double threshold) {
    double[] values = exact.get(name);
    long most =
        moved.stream()
            .mapToLong(run -> Doubles.differing(run.get(name), values, threshold))
            .max()
            .orElseThrow();
    assertThat(Doubles.differing(actual, values, threshold))
        .as("elements of %s off by more than %s", name, threshold)
        .isLessThanOrEqualTo(2 * most);
  }
}
