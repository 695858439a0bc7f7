package io.robusttrain.config.read;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.value.ChangesNoResult;
import io.robusttrain.config.value.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a run may change when it goes on from a checkpoint. Everything that decides what is computed
 * stays as it was, unless {@code run.allow-changed} names it; {@link ChangesNoResult} marks the
 * rest.
 */
public final class Continuation {
  private Continuation() {}

  /**
   * A key whose value differs.
   *
   * @param key with its group
   * @param before as the checkpoint has it
   * @param now as this configuration has it
   */
  public record Change(String key, String before, String now) {
    /** What is wrong, and the remedies. */
    public Problem problem(String checkpoint) {
      return Problem.of(
          key,
          "is %s, but %s was written with %s: take the change back, use another run id, or allow it with run.allow-changed=[%s]"
              .formatted(now, checkpoint, before, key));
    }
  }

  /**
   * The differences that are not allowed, by key.
   *
   * @param before the effective configuration that a checkpoint holds, as {@link ConfigRenderer}
   *     wrote it; a key that it lacks had its default
   * @param now the configuration of this start
   */
  public static List<Change> refused(String before, RunConfig now) {
    Config defaults = ConfigFactory.parseString(ConfigRenderer.render(ConfigLoader.defaults()));
    Map<String, String> old = flat(ConfigFactory.parseString(before).withFallback(defaults));
    Map<String, String> own = flat(ConfigFactory.parseString(ConfigRenderer.render(now)));
    Set<String> keys = new TreeSet<>(old.keySet());
    keys.addAll(own.keySet());
    List<String> allowed = now.run().allowChanged().orElse(List.of());
    Set<String> free = FreeKeys.ofStep(now);
    List<Change> changes = new ArrayList<>();
    for (String key : keys) {
      String was = old.getOrDefault(key, "not set");
      String is = own.getOrDefault(key, "not set");
      if (!was.equals(is) && !named(key, free) && !named(key, allowed)) {
        changes.add(new Change(key, was, is));
      }
    }
    return changes;
  }

  /**
   * Whether the run that wrote a checkpoint had stages.
   *
   * @param before the effective configuration that it holds
   */
  public static boolean hasStages(String before) {
    Config old = ConfigFactory.parseString(before);
    return old.hasPath("stages") && old.getValue("stages").valueType() == ConfigValueType.LIST;
  }

  /** Whether {@code run.allow-changed} of a configuration names a key or its group. */
  public static boolean allows(RunConfig config, String key) {
    return named(key, config.run().allowChanged().orElse(List.of()));
  }

  private static boolean named(String key, Iterable<String> names) {
    for (String name : names) {
      if (key.equals(name) || key.startsWith(name + ".")) {
        return true;
      }
    }
    return false;
  }

  private static Map<String, String> flat(Config config) {
    Map<String, String> flat = new TreeMap<>();
    for (Map.Entry<String, ConfigValue> entry : config.entrySet()) {
      flat.put(entry.getKey(), entry.getValue().render(ConfigRenderOptions.concise()));
    }
    return flat;
  }
}
