package io.robusttrain.config.value;

import com.typesafe.config.ConfigValue;

/** Reads one written value; the same text always gives the same value. */
@FunctionalInterface
public interface Parser<T> {
  /**
   * The value that is written there.
   *
   * @param value never null and never HOCON's null
   * @throws BadValueException when the type or the range is wrong
   */
  T parse(ConfigValue value) throws BadValueException;
}
