package io.robusttrain.oracle;

import java.util.Arrays;

/**
 * Arithmetic that carries, beside each float64 value, how far the same operations in a narrower
 * type may be from it: the running error analysis of Higham, "Accuracy and Stability of Numerical
 * Algorithms", 3.3. Every operation passes its operands' errors on as its own derivative says, to
 * the second order, and adds its own rounding: four units, for the vectorised exp and log of
 * libtorch are good to one unit in the last place, which is two, and a quotient may be taken as a
 * product with a reciprocal. A sum of n terms may be taken in any order. Results below the smallest
 * normal number may be 0.
 *
 * @param unit the unit roundoff of the narrower type
 * @param smallest its smallest normal number
 */
public record RunningError(double unit, double smallest) {
  /** Of float32. */
  public static final RunningError FLOAT32 = new RunningError(0x1p-24, Float.MIN_NORMAL);

  /** Of float64, whose own values are as far off: the sum of both counts. */
  public static final RunningError FLOAT64 = new RunningError(0x1p-52, Double.MIN_NORMAL);

  private static final int ROUNDINGS = 4;

  /**
   * A value and the error that it may have.
   *
   * @param exact in float64
   * @param error at least 0
   */
  public record Value(double exact, double error) {
    /** A value without an error, such as an input. */
    public static Value of(double exact) {
      return new Value(exact, 0);
    }
  }

  /** The sum. */
  public Value plus(Value a, Value b) {
    return rounded(a.exact() + b.exact(), a.error() + b.error());
  }

  /** The difference. */
  public Value minus(Value a, Value b) {
    return rounded(a.exact() - b.exact(), a.error() + b.error());
  }

  /** The product. */
  public Value times(Value a, Value b) {
    double passed =
        Math.abs(a.exact()) * b.error() + Math.abs(b.exact()) * a.error() + a.error() * b.error();
    return rounded(a.exact() * b.exact(), passed);
  }

  /** The product with a number that is exact. */
  public Value times(double factor, Value a) {
    return times(Value.of(factor), a);
  }

  /** The quotient of a value and one that is surely above 0. */
  public Value over(Value a, Value b) {
    double quotient = a.exact() / b.exact();
    double least = b.exact() - b.error();
    return rounded(quotient, (a.error() + Math.abs(quotient) * b.error()) / least);
  }

  /** The exponential. */
  public Value exp(Value a) {
    double power = Math.exp(a.exact());
    return rounded(power, power * Math.expm1(a.error()));
  }

  /** The natural logarithm of a value that is surely above 0. */
  public Value log(Value a) {
    return rounded(Math.log(a.exact()), -Math.log1p(-a.error() / a.exact()));
  }

  /** The sum of all. */
  public Value sum(Value... terms) {
    double sum = Arrays.stream(terms).mapToDouble(Value::exact).sum();
    double sizes = Arrays.stream(terms).mapToDouble(term -> Math.abs(term.exact())).sum();
    double errors = Arrays.stream(terms).mapToDouble(Value::error).sum();
    return rounded(sum, errors + terms.length * unit * (sizes + errors));
  }

  private Value rounded(double exact, double passed) {
    return new Value(exact, passed + ROUNDINGS * unit * (Math.abs(exact) + passed) + smallest);
  }
}
