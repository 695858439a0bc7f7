package io.robusttrain.model;

import io.robusttrain.base.NearestNames;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.ParameterSpec;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Parts of a model by the beginning of their tensors' names: {@code blocks.0}, {@code head}. */
public final class ParameterPrefixes {
  private ParameterPrefixes() {}

  /**
   * The names that are {@code prefix} or go on after it with a dot.
   *
   * @throws IllegalArgumentException if there are none; the message has the nearest prefixes
   */
  public static Set<String> matching(ParameterLayout layout, String prefix) {
    Set<String> names = new TreeSet<>();
    for (ParameterSpec spec : layout.specs()) {
      if (spec.name().equals(prefix) || spec.name().startsWith(prefix + ".")) {
        names.add(spec.name());
      }
    }
    if (names.isEmpty()) {
      throw new IllegalArgumentException(
          "no tensor's name begins with %s; the nearest beginnings are %s"
              .formatted(prefix, String.join(", ", nearest(layout, prefix))));
    }
    return names;
  }

  private static List<String> nearest(ParameterLayout layout, String prefix) {
    Set<String> known = new TreeSet<>();
    for (ParameterSpec spec : layout.specs()) {
      String name = spec.name();
      known.add(name);
      for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        known.add(name.substring(0, dot));
      }
    }
    return NearestNames.to(prefix, known);
  }
}
