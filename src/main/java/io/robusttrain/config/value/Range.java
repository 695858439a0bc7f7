package io.robusttrain.config.value;

import java.io.Serializable;
import java.util.List;

/**
 * A closed interval, written as a list of two numbers.
 *
 * @param low smallest value
 * @param high largest value, not below {@code low}
 */
public record Range(double low, double high) implements Serializable {
  /** A parser for intervals within two limits. */
  public static Parser<Range> within(double least, double most) {
    Parser<List<Double>> numbers = Parsers.list(2, Parsers.real(least, most));
    return value -> {
      List<Double> ends = numbers.parse(value);
      if (ends.get(0) > ends.get(1)) {
        throw new BadValueException(
            Parsers.show(value) + " is not ordered; write [smallest, largest]");
      }
      return new Range(ends.get(0), ends.get(1));
    };
  }
}
