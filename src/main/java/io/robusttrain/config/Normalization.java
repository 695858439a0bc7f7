package io.robusttrain.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.io.Serializable;
import java.util.List;
import java.util.Set;

/**
 * The normalisation that is the model's first layer: {@code (x - mean) / std} per channel on pixels
 * in [0,1].
 *
 * @param mean three means in [0,1]
 * @param std three standard deviations in (0,1]
 */
public record Normalization(List<Double> mean, List<Double> std) implements Serializable {
  private static final Set<String> KEYS = Set.of("mean", "std");

  /** Copies the lists. */
  public Normalization {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
  }

  static Normalization parse(ConfigValue value) throws BadValueException {
    if (value.valueType() != ConfigValueType.OBJECT) {
      throw new BadValueException(
          "expected none or { mean = [r, g, b], std = [r, g, b] }, found " + Parsers.show(value));
    }
    ConfigObject object = (ConfigObject) value;
    if (!object.keySet().equals(KEYS)) {
      throw new BadValueException(
          "expected exactly the keys mean and std, found " + String.join(", ", object.keySet()));
    }
    return new Normalization(
        Parsers.list(3, Parsers.real(0, 1)).parse(object.get("mean")),
        Parsers.list(3, Parsers.real(1e-6, 1)).parse(object.get("std")));
  }
}
