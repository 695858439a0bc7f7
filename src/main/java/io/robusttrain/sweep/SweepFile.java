package io.robusttrain.sweep;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import io.robusttrain.config.read.ConfigLoader;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads sweep files. {@code base} names one or several files beside it; {@code overrides} are the
 * same for all runs; {@code runs} lists runs, each a {@code name} and {@code set { key = value }};
 * {@code grid { key = [values] }} multiplies each of them by all combinations of its values. The
 * sweep itself names the runs and puts them into one folder, so no run sets its id or folder.
 */
public final class SweepFile {
  private static final Set<String> KEYS = Set.of("name", "base", "overrides", "runs", "grid");

  /** What no run may set; the whole group only as a value of a grid, which may hold the others. */
  private static final Set<String> IDENTITY = Set.of("run", "run.id", "run.dir");

  private static final String SUFFIX = ".conf";

  private final Path file;
  private final List<Problem> problems = new ArrayList<>();

  private SweepFile(Path file) {
    this.file = file;
  }

  /**
   * Reads a file. The values of the overrides are not checked here.
   *
   * @throws ConfigException with all that is wrong with the file
   */
  public static Sweep read(Path file) {
    return new SweepFile(file).sweep();
  }

  private Sweep sweep() {
    ConfigObject root = parsed().root();
    for (String key : new TreeSet<>(root.keySet())) {
      if (!KEYS.contains(key)) {
        problem(key, "unknown key; a sweep has base, overrides, runs, grid and name");
      }
    }
    String fileName = file.getFileName().toString();
    String name =
        root.containsKey("name")
            ? text(root.get("name"))
            : fileName.endsWith(SUFFIX)
                ? fileName.substring(0, fileName.length() - SUFFIX.length())
                : fileName;
    requireId("name", name);
    List<Path> base = base(root.get("base"));
    Map<String, String> overrides = leaves("overrides", root.get("overrides"));
    if (overrides.containsKey("run.id")) {
      problem("overrides.run.id", "a sweep names its runs itself; leave it out");
    }
    List<String> common = new SweepRun(name, overrides).arguments();
    List<SweepRun> runs = multiplied(listed(root.get("runs")), root.get("grid"));
    Set<String> names = new TreeSet<>();
    for (SweepRun run : runs) {
      requireId("runs", run.name());
      if (!names.add(run.name())) {
        problem("runs", "two runs are named %s; give them names".formatted(run.name()));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return new Sweep(name, base, common, runs);
  }

  private Config parsed() {
    if (!Files.isRegularFile(file)) {
      problem("", "no such sweep file");
      throw new ConfigException(problems);
    }
    try {
      return ConfigFactory.parseFile(file.toFile()).resolve();
    } catch (com.typesafe.config.ConfigException e) {
      problem("", e.getMessage());
      throw new ConfigException(problems);
    }
  }

  private List<Path> base(ConfigValue value) {
    List<String> names = new ArrayList<>();
    if (value instanceof ConfigList list) {
      list.forEach(entry -> names.add(text(entry)));
    } else if (value != null) {
      names.add(text(value));
    }
    if (names.isEmpty()) {
      problem("base", "names the configuration that all runs start from; it is missing");
    }
    Path folder = file.toAbsolutePath().getParent();
    return names.stream().map(name -> folder.resolve(name).normalize()).toList();
  }

  private List<SweepRun> listed(ConfigValue value) {
    List<SweepRun> runs = new ArrayList<>();
    if (value instanceof ConfigList list) {
      for (ConfigValue entry : list) {
        if (entry instanceof ConfigObject run && Set.of("name", "set").containsAll(run.keySet())) {
          Map<String, String> overrides = leaves("runs", run.get("set"));
          refuseIdentity("runs", overrides.keySet());
          runs.add(
              new SweepRun(
                  run.containsKey("name") ? text(run.get("name")) : nameOf(overrides), overrides));
        } else {
          problem("runs", "expected { name = ..., set { key = value } }, found " + text(entry));
        }
      }
    } else if (value != null) {
      problem("runs", "expected a list of runs, found " + text(value));
    }
    return runs;
  }

  private List<SweepRun> multiplied(List<SweepRun> listed, ConfigValue grid) {
    List<SweepRun> runs = new ArrayList<>(listed);
    if (grid == null) {
      if (listed.isEmpty()) {
        problem("grid", "a sweep needs a grid or runs");
      }
      return runs;
    }
    if (listed.isEmpty()) {
      runs.add(new SweepRun("", Map.of()));
    }
    Map<String, ConfigValue> axes = axes(grid);
    refuseIdentity("grid", axes.keySet());
    for (Map.Entry<String, ConfigValue> axis : axes.entrySet()) {
      if (!(axis.getValue() instanceof ConfigList values) || values.isEmpty()) {
        problem("grid." + axis.getKey(), "expected a list of values");
        continue;
      }
      List<SweepRun> further = new ArrayList<>();
      for (SweepRun run : runs) {
        for (ConfigValue value : values) {
          Map<String, String> point = Map.of(axis.getKey(), argument(value));
          Map<String, String> overrides = new LinkedHashMap<>(run.overrides());
          overrides.putAll(point);
          String name = run.name().isEmpty() ? nameOf(point) : run.name() + "_" + nameOf(point);
          further.add(new SweepRun(name, overrides));
        }
      }
      runs = further;
    }
    return runs;
  }

  private void refuseIdentity(String where, Set<String> keys) {
    for (String key : keys) {
      if (IDENTITY.contains(key)) {
        problem(
            where + "." + key,
            "a sweep names its runs itself and keeps them in one folder; name a run with name = ..., set the folder of all with overrides { run.dir = ... }");
      }
    }
  }

  private Map<String, ConfigValue> axes(ConfigValue grid) {
    Map<String, ConfigValue> axes = new LinkedHashMap<>();
    if (grid instanceof ConfigObject object) {
      collect(object, "", axes);
    } else {
      problem("grid", "expected { key = [values] }, found " + text(grid));
    }
    return axes;
  }

  private Map<String, String> leaves(String where, ConfigValue value) {
    Map<String, ConfigValue> leaves = new LinkedHashMap<>();
    if (value instanceof ConfigObject object) {
      collect(object, "", leaves);
    } else if (value != null) {
      problem(where, "expected { key = value }, found " + text(value));
    }
    Map<String, String> texts = new LinkedHashMap<>();
    leaves.forEach((key, leaf) -> texts.put(key, argument(leaf)));
    return texts;
  }

  /** The keys in the order of the file's lines, for the library keeps none. */
  private static void collect(ConfigObject object, String prefix, Map<String, ConfigValue> into) {
    object.entrySet().stream()
        .sorted(
            Comparator.comparingInt(
                    (Map.Entry<String, ConfigValue> entry) ->
                        entry.getValue().origin().lineNumber())
                .thenComparing(Map.Entry::getKey))
        .forEach(
            entry -> {
              String key = prefix + entry.getKey();
              if (entry.getValue() instanceof ConfigObject inner && !inner.isEmpty()) {
                collect(inner, key + ".", into);
              } else {
                into.put(key, entry.getValue());
              }
            });
  }

  /** As a command line has it, which would read a text such as [x] as a list. */
  private static String argument(ConfigValue value) {
    return value.unwrapped() instanceof String text ? ConfigLoader.literal(text) : text(value);
  }

  private static String text(ConfigValue value) {
    return switch (value.valueType()) {
      case STRING -> (String) value.unwrapped();
      case BOOLEAN -> value.unwrapped().toString();
      case NULL -> "null";
      case NUMBER, LIST, OBJECT -> value.render(ConfigRenderOptions.concise());
    };
  }

  /** The last part of each key with its value, as far as it fits into a file's name. */
  private static String nameOf(Map<String, String> overrides) {
    List<String> parts = new ArrayList<>();
    overrides.forEach(
        (key, value) ->
            parts.add(
                (key.substring(key.lastIndexOf('.') + 1) + "-" + value)
                    .replaceAll("[^A-Za-z0-9._-]+", "_")
                    .replaceAll("_+$", "")));
    return parts.isEmpty() ? "base" : String.join("_", parts);
  }

  private void requireId(String key, String id) {
    if (!id.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
      problem(
          key,
          "%s cannot name a directory; use up to 100 letters, digits, dots, dashes and underscores"
              .formatted(id));
    }
  }

  private void problem(String key, String message) {
    problems.add(new Problem(file.toString(), key, message));
  }
}
