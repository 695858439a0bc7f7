package io.robusttrain.config.value;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One pass over a configuration: what was asked for, and what was wrong. Not thread-safe. */
public final class Reading {
  /** Where an override comes from. */
  public static final String COMMAND_LINE = "command line";

  private static final Pattern LINES = Pattern.compile(": (\\d+)(-\\d+)?$");

  private final ConfigObject user;
  private final ConfigObject reference;
  private final Set<String> keys = new LinkedHashSet<>();
  private final Set<String> groups = new LinkedHashSet<>();
  private final Set<String> bad = new LinkedHashSet<>();
  private final List<Problem> problems = new ArrayList<>();

  /**
   * A pass over {@code user}, which holds only what files and command line say; {@code reference}
   * has the defaults. Both are resolved.
   */
  public Reading(ConfigObject user, ConfigObject reference) {
    this.user = user;
    this.reference = reference;
  }

  ConfigObject user() {
    return user;
  }

  ConfigObject reference() {
    return reference;
  }

  void note(String key) {
    keys.add(key);
  }

  void noteGroup(String path) {
    groups.add(path);
  }

  void report(String key, ConfigOrigin origin, String message) {
    bad.add(key);
    problems.add(new Problem(where(origin), key, message));
  }

  /**
   * Demands something of several keys together; says nothing when one of them is already known to
   * be wrong.
   *
   * @param holds whether the demand is met
   * @param message what is wrong and what would be right
   * @param involved the keys, the one to change first
   */
  public void demand(boolean holds, String message, String... involved) {
    if (holds || List.of(involved).stream().anyMatch(bad::contains)) {
      return;
    }
    for (String key : involved) {
      ConfigValue value = lookUp(user, key);
      if (value != null) {
        problems.add(new Problem(where(value.origin()), key, message));
        return;
      }
    }
    problems.add(new Problem("reference.conf", involved[0], message));
  }

  /** Reports the keys that nobody asked for. */
  public void reportUnknown() {
    reportUnknown(user, "");
  }

  public List<Problem> problems() {
    return problems;
  }

  /** File and line of a value. */
  public static String where(ConfigOrigin origin) {
    String description = origin.description();
    if (description.startsWith(COMMAND_LINE)) {
      return COMMAND_LINE;
    }
    Matcher matcher = LINES.matcher(description);
    return matcher.find() ? matcher.replaceFirst(":$1") : description;
  }

  private void reportUnknown(ConfigObject object, String prefix) {
    new TreeMap<>(object)
        .forEach( // in a stable order
            (name, value) -> {
              String key = prefix + name;
              if (name.indexOf('.') < 0 && groups.contains(key)) {
                if (value instanceof ConfigObject group) {
                  reportUnknown(group, key + ".");
                }
              } else if (name.indexOf('.') >= 0) {
                report(key, value.origin(), "unknown key; write it without quotes");
              } else if (!keys.contains(key)) {
                report(key, value.origin(), unknown(key, value));
              }
            });
  }

  private String unknown(String key, ConfigValue value) {
    Set<String> candidates = new LinkedHashSet<>(keys);
    if (value instanceof ConfigObject) {
      candidates.addAll(groups);
    }
    return Spelling.nearest(key, candidates)
        .map(near -> "unknown key; did you mean " + near + "?")
        .orElse("unknown key; --help says where the keys are listed");
  }

  private static ConfigValue lookUp(ConfigObject object, String key) {
    int dot = key.indexOf('.');
    if (dot < 0) {
      return object.get(key);
    }
    return object.get(key.substring(0, dot)) instanceof ConfigObject inner
        ? lookUp(inner, key.substring(dot + 1))
        : null;
  }
}
