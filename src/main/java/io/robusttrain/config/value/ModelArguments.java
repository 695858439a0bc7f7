package io.robusttrain.config.value;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Further arguments of the model under timm's names; which of them a model has is known to the
 * models.
 *
 * @param values whole numbers as {@code Integer}, other numbers as {@code Double}, {@code Boolean},
 *     words as {@code String}, and lists of these
 */
public record ModelArguments(SortedMap<String, Object> values) implements Serializable {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");
  private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]*");

  /** Arguments with a key of their own. */
  private static final Map<String, String> OWN_KEYS =
      Map.of(
          "num_classes", "model.num-classes",
          "img_size", "model.img-size",
          "drop_path_rate", "model.drop-path",
          "embed_dim", "model.embed-dim",
          "depth", "model.depth",
          "num_heads", "model.num-heads",
          "patch_size", "model.patch-size",
          "stem_strides", "model.stem-strides",
          "eta", "model.eta");

  /** Sorts the arguments by name, and keeps them from changing. */
  public ModelArguments {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  public static ModelArguments parse(ConfigValue value) throws BadValueException {
    if (!(value instanceof ConfigObject object)) {
      throw new BadValueException(
          "expected { argument = value, ... }, found " + Parsers.show(value));
    }
    SortedMap<String, Object> values = new TreeMap<>();
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      values.put(name(entry.getKey(), entry.getValue()), element(entry.getKey(), entry.getValue()));
    }
    return new ModelArguments(values);
  }

  private static String name(String name, ConfigValue value) throws BadValueException {
    // A number of heads for each stage is not what model.num-heads says.
    boolean ofStages = name.equals("num_heads") && value.valueType() == ConfigValueType.LIST;
    if (OWN_KEYS.containsKey(name) && !ofStages) {
      throw new BadValueException(name + " has a key of its own: " + OWN_KEYS.get(name));
    }
    if (!NAME.matcher(name).matches()) {
      throw new BadValueException(
          "expected timm's argument names, such as mlp_ratio, found " + name);
    }
    return name;
  }

  private static Object element(String name, ConfigValue value) throws BadValueException {
    if (value.valueType() == ConfigValueType.LIST) {
      List<Object> elements = new ArrayList<>();
      for (ConfigValue entry : (ConfigList) value) {
        elements.add(scalar(name, entry));
      }
      return Collections.unmodifiableList(elements);
    }
    return scalar(name, value);
  }

  private static Object scalar(String name, ConfigValue value) throws BadValueException {
    String form = name + " = a number, true, false, a word or a list of these";
    String text = Parsers.scalar(value, form).strip();
    if (text.equals("true") || text.equals("false")) {
      return Boolean.valueOf(text);
    }
    if (WORD.matcher(text).matches()) {
      return text;
    }
    try {
      BigDecimal number = new BigDecimal(text);
      return text.matches("[+-]?\\d+") ? (Object) number.intValueExact() : number.doubleValue();
    } catch (ArithmeticException | NumberFormatException e) {
      throw new BadValueException("expected " + form + ", found " + Parsers.show(value));
    }
  }
}
