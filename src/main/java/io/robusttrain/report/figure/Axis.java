package io.robusttrain.report.figure;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/**
 * One axis of a figure.
 *
 * @param label what it measures, with its unit
 * @param scale how values become places
 * @param ticks the values that are written at it; empty: round ones that suit the data, and whole
 *     ones below where all values are whole, as epochs are. A {@link Scale#LOG_FROM_ZERO} axis
 *     needs them
 */
public record Axis(String label, Scale scale, List<Double> ticks) {
  private static final int WANTED_TICKS = 6;
  private static final int FEWEST_TICKS = 2;
  private static final int SHOWN_DIGITS = 6;
  private static final double WIDE_DECADES = 2.5;

  /** How values become places. */
  public enum Scale {
    LINEAR,
    /** Values above 0 only. */
    LOG,
    /** The logarithm of one more than the value: numbers of steps, 0 included. */
    LOG_FROM_ZERO;

    double place(double value) {
      return switch (this) {
        case LINEAR -> value;
        case LOG -> Math.log10(value);
        case LOG_FROM_ZERO -> Math.log10(1 + value);
      };
    }
  }

  public Axis {
    ticks = List.copyOf(ticks);
    if (scale == Scale.LOG_FROM_ZERO && ticks.isEmpty()) {
      throw new IllegalArgumentException("such an axis needs its ticks: " + label);
    }
  }

  /** An axis with round ticks. */
  public static Axis linear(String label) {
    return new Axis(label, Scale.LINEAR, List.of());
  }

  /** A logarithmic axis with round ticks. */
  public static Axis log(String label) {
    return new Axis(label, Scale.LOG, List.of());
  }

  /** An axis of numbers of steps, which begin at 0. */
  public static Axis steps(String label, List<Integer> ticks) {
    return new Axis(label, Scale.LOG_FROM_ZERO, ticks.stream().map(Integer::doubleValue).toList());
  }

  /** Whether a value has a place on this axis. */
  public boolean shows(double value) {
    return Double.isFinite(scale.place(value));
  }

  /**
   * The ticks between two values.
   *
   * @param whole whether nothing lies between whole numbers, so that a tick there would mislead
   */
  List<Double> ticks(double low, double high, boolean whole) {
    if (!ticks.isEmpty()) {
      return ticks.stream().filter(tick -> tick >= low && tick <= high).toList();
    }
    if (scale == Scale.LOG) {
      List<Double> powers = powers(low, high);
      // Between 2 and 5, say, there is none.
      return powers.size() < FEWEST_TICKS ? round(low, high, whole) : powers;
    }
    return round(low, high, whole);
  }

  private static List<Double> round(double low, double high, boolean whole) {
    double rough = (high - low) / WANTED_TICKS;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step = 10 * power;
    for (double factor : new double[] {5, 2, 1}) {
      step = factor * power >= rough ? factor * power : step;
    }
    step = whole ? Math.max(1, step) : step;
    List<Double> ticks = new ArrayList<>();
    for (long i = (long) Math.ceil(low / step); i * step <= high; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  private static List<Double> powers(double low, double high) {
    List<Double> ticks = new ArrayList<>();
    int from = (int) Math.floor(Math.log10(low));
    int to = (int) Math.ceil(Math.log10(high));
    boolean wide = Math.log10(high / low) > WIDE_DECADES;
    double[] factors = wide ? new double[] {1} : new double[] {1, 2, 5};
    for (int exponent = from; exponent <= to; exponent++) {
      for (double factor : factors) {
        double tick = factor * Math.pow(10, exponent);
        if (tick >= low && tick <= high) {
          ticks.add(tick);
        }
      }
    }
    return ticks;
  }

  /** A tick as it is written. */
  static String text(double tick) {
    BigDecimal shown = new BigDecimal(tick).round(new MathContext(SHOWN_DIGITS));
    return shown.signum() == 0 ? "0" : shown.stripTrailingZeros().toPlainString();
  }
}
