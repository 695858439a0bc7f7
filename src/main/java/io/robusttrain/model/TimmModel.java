package io.robusttrain.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How timm (1.0.29) builds the network that an {@link Architecture} is, so that its weights can be
 * used there.
 *
 * @param function of Python that makes the model
 * @param positional its first arguments
 * @param arguments its keyword arguments, in order
 * @param steps Python statements that then change {@code model}, for what timm has no argument for
 */
public record TimmModel(
    String function, List<String> positional, Map<String, Object> arguments, List<String> steps) {
  public TimmModel {
    positional = List.copyOf(positional);
    arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    steps = List.copyOf(steps);
  }

  /** This model with another name of timm's as the only positional argument. */
  public TimmModel named(String name) {
    return new TimmModel(function, List.of(name), arguments, steps);
  }

  /** This model with one more statement that changes it. */
  public TimmModel then(String statement) {
    return new TimmModel(
        function,
        positional,
        arguments,
        Stream.concat(steps.stream(), Stream.of(statement)).toList());
  }

  /** The Python statements that build the model, named {@code model}; they need timm and torch. */
  public List<String> code() {
    List<String> all = new ArrayList<>();
    positional.forEach(value -> all.add(python(value)));
    arguments.forEach((argument, value) -> all.add(argument + "=" + python(value)));
    List<String> code = new ArrayList<>();
    code.add("model = %s(%s)".formatted(function, String.join(", ", all)));
    code.addAll(steps);
    return code;
  }

  /** A Python expression, which is written without quotation marks. */
  public record Expression(String text) {}

  private static String python(Object value) {
    if (value instanceof Boolean flag) {
      return flag ? "True" : "False";
    }
    if (value instanceof Expression expression) {
      return expression.text();
    }
    if (value instanceof List<?> list) {
      return list.stream().map(TimmModel::python).collect(Collectors.joining(", ", "(", ")"));
    }
    return value instanceof String text ? '"' + text + '"' : String.valueOf(value);
  }
}
