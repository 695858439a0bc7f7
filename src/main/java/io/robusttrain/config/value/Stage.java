package io.robusttrain.config.value;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
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
          "augment",
          "attack.eps",
          "attack.steps",
          "attack.step-size",
          "attack.start",
          "attack.target",
          "attack.mode",
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

  /** Reads {@code { epochs = 20, model.img-size = 112, ... }}. */
  public static Stage parse(ConfigValue value) throws BadValueException {
    if (!(value instanceof ConfigObject object)) {
      throw new BadValueException(
          "expected { epochs = 20, key = value, ... }, found " + Parsers.show(value));
    }
    int epochs = 0;
    List<Restart> restart = List.of();
    SortedMap<String, String> values = new TreeMap<>();
    SortedMap<String, ConfigValue> written = new TreeMap<>();
    object
        .toConfig()
        .entrySet()
        .forEach(
            entry ->
                written.put(
                    String.join(".", ConfigUtil.splitPath(entry.getKey())), entry.getValue()));
    for (Map.Entry<String, ConfigValue> entry : written.entrySet()) {
      if (entry.getKey().equals("epochs")) {
        epochs = Parsers.epochs(1).parse(entry.getValue());
      } else if (entry.getKey().equals("restart")) {
        restart = Parsers.list(Parsers.choice(Restart.class)).parse(entry.getValue());
      } else {
        String key = changeable(entry.getKey());
        if (values.put(key, entry.getValue().render(ConfigRenderOptions.concise())) != null) {
          throw new BadValueException("a stage says %s twice".formatted(key));
        }
      }
    }
    if (epochs == 0) {
      throw new BadValueException("a stage needs its epochs, found " + Parsers.show(value));
    }
    return new Stage(epochs, restart, values);
  }

  private static String changeable(String written) throws BadValueException {
    String key = SHORT.getOrDefault(written, written);
    if (CHANGEABLE.stream().noneMatch(name -> key.equals(name) || key.startsWith(name + "."))) {
      throw new BadValueException(
          "%s is the same in all stages: set it outside of them; a stage has epochs and restart, and may change %s"
              .formatted(key, String.join(", ", CHANGEABLE)));
    }
    return key;
  }
}
