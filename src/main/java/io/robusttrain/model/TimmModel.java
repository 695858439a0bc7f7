package io.robusttrain.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How timm (1.0.29) builds the network that an {@link Architecture} is, so that its weights can be
 * used there.
 *
 * @param name of timm's model
 * @param arguments of {@code timm.create_model}, in order
 * @param steps Python statements that then change {@code model}, for what timm has no argument for
 */
public record TimmModel(String name, Map<String, Object> arguments, List<String> steps) {
  /** Copies, keeping the order. */
  public TimmModel {
    arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    steps = List.copyOf(steps);
  }

  /** timm's model of that name with as many classes. */
  static TimmModel named(String name, int numClasses) {
    return new TimmModel(name, Map.of("num_classes", numClasses), List.of());
  }

  /** This with an argument more, unless it has timm's default value anyway. */
  TimmModel with(String argument, Object value, Object timmDefault) {
    if (value.equals(timmDefault)) {
      return this;
    }
    Map<String, Object> more = new LinkedHashMap<>(arguments);
    more.put(argument, value);
    return new TimmModel(name, more, steps);
  }

  /** This with a statement more. */
  TimmModel then(String statement) {
    List<String> more = new ArrayList<>(steps);
    more.add(statement);
    return new TimmModel(name, arguments, more);
  }

  /** The Python statements that build the model, named {@code model}. */
  public List<String> code() {
    StringBuilder create = new StringBuilder("model = timm.create_model(\"" + name + "\"");
    arguments.forEach(
        (argument, value) ->
            create.append(", ").append(argument).append("=").append(python(value)));
    List<String> code = new ArrayList<>();
    code.add(create.append(")").toString());
    code.addAll(steps);
    return code;
  }

  private static String python(Object value) {
    if (value instanceof Boolean flag) {
      return flag ? "True" : "False";
    }
    if (value instanceof List<?> list) {
      List<String> elements = list.stream().map(TimmModel::python).toList();
      return "(" + String.join(", ", elements) + (elements.size() == 1 ? ",)" : ")");
    }
    return value instanceof String text ? '"' + text + '"' : String.valueOf(value);
  }
}
