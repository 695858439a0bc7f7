package io.robusttrain.config.value;

import com.google.errorprone.annotations.Immutable;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.io.Serializable;
import java.util.List;
import java.util.Set;

/**
 * The normalisation that is the model's first layer: {@code (x - mean) / std} per channel on pixels
 * in [0,1].
 */
public sealed interface Normalization extends Serializable {
  /** The constants that timm's default configuration has for the model. */
  record OfModel() implements Normalization {
    public static final String WORD = "default";
  }

  /**
   * Constants that the configuration writes out.
   *
   * @param mean three means in [0,1]
   * @param std three standard deviations in (0,1]
   */
  @Immutable
  @SuppressWarnings("Immutable") // List.copyOf in the constructor
  record Constants(List<Double> mean, List<Double> std) implements Normalization {
    private static final Set<String> KEYS = Set.of("mean", "std");

    public Constants {
      mean = List.copyOf(mean);
      std = List.copyOf(std);
    }
  }

  /** Reads {@code default} or constants that are written out. */
  static Normalization parse(ConfigValue value) throws BadValueException {
    if (OfModel.WORD.equals(value.unwrapped())) {
      return new OfModel();
    }
    if (value.valueType() != ConfigValueType.OBJECT) {
      throw new BadValueException(
          "expected none, default or { mean = [r, g, b], std = [r, g, b] }, found "
              + Parsers.show(value));
    }
    ConfigObject object = (ConfigObject) value;
    if (!object.keySet().equals(Constants.KEYS)) {
      throw new BadValueException(
          "expected exactly the keys mean and std, found " + String.join(", ", object.keySet()));
    }
    return new Constants(
        Parsers.list(3, Parsers.real(0, 1)).parse(object.get("mean")),
        Parsers.list(3, Parsers.real(1e-6, 1)).parse(object.get("std")));
  }
}
