package io.robusttrain.report.view;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/** Keys and values of an effective configuration: each on a line of its own, groups in braces. */
final class ConfigKeys {
  private ConfigKeys() {}

  /** The values by their whole keys, such as {@code attack.eps}, in the order of the text. */
  static Map<String, String> of(String config) {
    Map<String, String> values = new LinkedHashMap<>();
    Deque<String> groups = new ArrayDeque<>();
    for (String line : config.lines().map(String::strip).toList()) {
      int equals = line.indexOf(" = ");
      if (equals > 0) {
        values.put(prefix(groups) + line.substring(0, equals), line.substring(equals + 3));
      } else if (line.endsWith("{")) {
        groups.addLast(line.substring(0, line.length() - 1).strip());
      } else if (line.equals("}") && !groups.isEmpty()) {
        groups.removeLast();
      }
    }
    return values;
  }

  private static String prefix(Deque<String> groups) {
    return groups.isEmpty() ? "" : String.join(".", groups) + ".";
  }
}
