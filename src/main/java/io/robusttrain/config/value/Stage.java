package io.robusttrain.config.value;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An element of key {@code stages}: some epochs of a run, and the keys that have other values in
 * them.
 *
 * @param epochs without the cool-down, at least 1
 * @param restart schedules that count their epochs from the stage's first one on
 * @param values of the keys, as HOCON, by their full names
 */
public record Stage(int epochs, List<Restart> restart, SortedMap<String, String> values)
    implements Serializable {
  /** Schedules that a stage can begin anew; otherwise they go on with the run's epochs. */
  public enum Restart {
    LR_SCHEDULE,
    EPS_SCHEDULE
  }

  /** Keys and groups that can have other values in a stage. */
  private static final List<String> CHANGEABLE =
      List.of(
          "model.img-size",
          "model.patch-drop-rate",
          "model.patch-drop-mode",
          "augment",
          "attack.eps",
          "attack.steps",
          "attack.step-size",
          "attack.start",
          "attack.target",
          "attack.mode",
          "attack.guided",
          "eps-schedule",
          "optim.lr",
          "lr-schedule.type",
          "lr-schedule.warmup-epochs",
          "lr-schedule.warmup-lr",
          "lr-schedule.min-lr",
          "lr-schedule.decay-epochs",
          "lr-schedule.decay-rate",
          "lr-schedule.step-on",
          "train.global-batch",
          "train.micro-batch");

  /** Keys that can be written without their groups. */
  private static final Map<String, String> SHORT =
      Map.of(
          "img-size", "model.img-size",
          "lr", "optim.lr",
          "global-batch", "train.global-batch",
          "micro-batch", "train.micro-batch");

  /** Keys of a stage alone. */
  private static final List<String> OWN = List.of("epochs", "restart");

  /** Sorts what is given, and keeps it from changing. */
  public Stage {
    restart = restart.stream().distinct().sorted().toList();
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  /** Whether a schedule begins anew. */
  public boolean restarts(Restart schedule) {
    return restart.contains(schedule);
  }

  /** The keys with their values, a line each, as a file would have them. */
  public String lines() {
    return values.entrySet().stream()
        .map(entry -> entry.getKey() + " = " + entry.getValue() + "\n")
        .collect(Collectors.joining());
  }

  /**
   * The text of a key, if the stage has a value of its own for it. A list or a group has none:
   * where the key wants a value, reading the stage says so.
   */
  public Optional<String> written(String key) {
    Config own = ConfigFactory.parseString(lines());
    return own.hasPath(key)
        ? Optional.of(own.getValue(key))
            .filter(value -> !(value instanceof ConfigList || value instanceof ConfigObject))
            .map(value -> own.getString(key))
        : Optional.empty();
  }

  /** The stage as it would be written. */
  public String text() {
    String words = restart.stream().map(Parsers::word).collect(Collectors.joining(", ", "[", "]"));
    Stream<String> own =
        restart.isEmpty()
            ? Stream.of("epochs = " + epochs)
            : Stream.of("epochs = " + epochs, "restart = " + words);
    Stream<String> keys =
        values.entrySet().stream().map(entry -> entry.getKey() + " = " + entry.getValue());
    return Stream.concat(own, keys).collect(Collectors.joining(", ", "{ ", " }"));
  }

  /**
   * Reads {@code { epochs = 20, model.img-size = 112, ... }}.
   *
   * @param known all keys and groups that there are
   */
  public static Parser<Stage> parser(Set<String> known) {
    return value -> {
      if (!(value instanceof ConfigObject object)) {
        throw new BadValueException(
            "expected { epochs = 20, key = value, ... }, found " + Parsers.show(value));
      }
      try {
        return parse(object, known);
      } catch (BadValueException wrong) {
        throw BadValueException.ofPart(wrong.getMessage());
      }
    };
  }

  private static Stage parse(ConfigObject object, Set<String> known) throws BadValueException {
    int epochs = 0;
    List<Restart> restart = List.of();
    SortedMap<String, String> values = new TreeMap<>();
    SortedMap<String, ConfigValue> written = new TreeMap<>();
    flatten("", object, written);
    for (Map.Entry<String, ConfigValue> entry : written.entrySet()) {
      if (entry.getKey().equals("epochs")) {
        epochs = Parsers.epochs(1).parse(entry.getValue());
      } else if (entry.getKey().equals("restart")) {
        restart = Parsers.list(Parsers.choice(Restart.class)).parse(entry.getValue());
      } else {
        String key = changeable(entry.getKey(), known);
        if (values.put(key, entry.getValue().render(ConfigRenderOptions.concise())) != null) {
          throw new BadValueException("a stage says %s twice".formatted(key));
        }
      }
    }
    if (epochs == 0) {
      throw new BadValueException("a stage needs its epochs, found " + Parsers.show(object));
    }
    return new Stage(epochs, restart, values);
  }

  private static void flatten(
      String prefix, ConfigObject group, SortedMap<String, ConfigValue> written)
      throws BadValueException {
    for (Map.Entry<String, ConfigValue> entry : group.entrySet()) {
      String key = prefix + entry.getKey();
      if (entry.getValue() instanceof ConfigObject inner) {
        flatten(key + ".", inner, written);
      } else if (entry.getValue().valueType() == ConfigValueType.NULL) {
        throw new BadValueException("%s needs a value, found null".formatted(key));
      } else {
        written.put(key, entry.getValue());
      }
    }
  }

  private static String changeable(String written, Set<String> known) throws BadValueException {
    String key = SHORT.getOrDefault(written, written);
    if (!known.contains(key)) {
      Set<String> candidates = new TreeSet<>(known);
      candidates.addAll(SHORT.keySet());
      candidates.addAll(OWN);
      throw new BadValueException(
          "%s is an unknown key%s"
              .formatted(
                  written,
                  Spelling.nearest(written, candidates)
                      .map("; did you mean %s?"::formatted)
                      .orElse("")));
    }
    if (CHANGEABLE.stream().noneMatch(name -> key.equals(name) || key.startsWith(name + "."))) {
      throw new BadValueException(
          "%s is the same in all stages: set it outside of them; a stage has epochs and restart, and may change %s"
              .formatted(key, String.join(", ", CHANGEABLE)));
    }
    return key;
  }
}
