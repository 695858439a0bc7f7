package io.robusttrain.config.value;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A group of keys. A value that is wrong is reported to the {@link Reading} and replaced by its
 * default, so that reading goes on and finds the other problems.
 */
public final class Section {
  /** Words that leave a setting open; which of them a key takes is the one its default shows. */
  private static final Set<String> OPEN = Set.of("auto", "none");

  private final Reading reading;
  private final String prefix;
  private final ConfigObject user;
  private final ConfigObject reference;

  /** The keys of all groups. */
  public static Section root(Reading reading) {
    return new Section(reading, "", reading.user(), reading.reference());
  }

  private Section(Reading reading, String prefix, ConfigObject user, ConfigObject reference) {
    this.reading = reading;
    this.prefix = prefix;
    this.user = user;
    this.reference = reference;
  }

  /** All keys that there are, by their full names, and all groups. */
  public Set<String> known() {
    Set<String> names = new TreeSet<>();
    collect("", reading.reference(), names);
    return names;
  }

  private static void collect(String path, ConfigObject group, Set<String> names) {
    group.forEach(
        (name, value) -> {
          names.add(path + name);
          if (value instanceof ConfigObject inner) {
            collect(path + name + ".", inner, names);
          }
        });
  }

  /** The group of this name within this one. */
  public Section group(String name) {
    String path = prefix + name;
    reading.noteGroup(path);
    ConfigValue written = user.get(name);
    ConfigObject inner = ConfigValueFactory.fromMap(Map.of());
    if (written instanceof ConfigObject object) {
      inner = object;
    } else if (written != null) {
      reading.report(
          path,
          written.origin(),
          "expected a group of keys, found %s; write %s { ... }"
              .formatted(Parsers.show(written), path));
    }
    return new Section(reading, path + ".", inner, (ConfigObject) defaultOf(name));
  }

  /** The value of a key that always has one. */
  public <T> T get(String name, Parser<T> parser) {
    reading.note(prefix + name);
    ConfigValue written = user.get(name);
    if (written == null) {
      return parseDefault(name, parser);
    }
    try {
      if (written.valueType() == ConfigValueType.NULL) {
        throw new BadValueException("needs a value, found null");
      }
      return parser.parse(written);
    } catch (BadValueException e) {
      reading.report(prefix + name, written.origin(), e.getMessage());
      return parseDefault(name, parser);
    }
  }

  /** The value of a key that may be left open, which it is by default. */
  public <T> Setting<T> setting(String name, Parser<T> parser) {
    reading.note(prefix + name);
    ConfigValue written = user.get(name);
    String open = openWord(name);
    if (written == null
        || written.valueType() == ConfigValueType.NULL
        || open.equals(written.unwrapped())) {
      return Setting.open();
    }
    try {
      return Setting.of(parser.parse(written));
    } catch (BadValueException e) {
      String remedy = e.isOfPart() ? "" : ", or " + open;
      reading.report(prefix + name, written.origin(), e.getMessage() + remedy);
      return Setting.open();
    }
  }

  private String openWord(String name) {
    if (defaultOf(name).unwrapped() instanceof String word && OPEN.contains(word)) {
      return word;
    }
    throw new IllegalStateException("reference.conf must leave " + prefix + name + " open");
  }

  private <T> T parseDefault(String name, Parser<T> parser) {
    try {
      return parser.parse(defaultOf(name));
    } catch (BadValueException e) {
      throw new IllegalStateException("reference.conf: " + prefix + name, e);
    }
  }

  private ConfigValue defaultOf(String name) {
    ConfigValue value = reference.get(name);
    if (value == null) {
      throw new IllegalStateException("reference.conf lacks " + prefix + name);
    }
    return value;
  }
}
