package io.robusttrain.config.read;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.robusttrain.config.RunConfig;
import io.robusttrain.config.check.Consistency;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import io.robusttrain.config.value.Reading;
import io.robusttrain.config.value.Section;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Reads configurations: {@code reference.conf}, then files, then command-line overrides, later ones
 * winning. Stateless and thread-safe.
 */
public final class ConfigLoader {
  private static final ConfigParseOptions OVERRIDE =
      ConfigParseOptions.defaults().setOriginDescription(Reading.COMMAND_LINE);

  private static final String NULL = "null";

  private ConfigLoader() {}

  /** The configuration that {@code reference.conf} alone gives. */
  public static RunConfig defaults() {
    return load(List.of(), List.of());
  }

  /**
   * Reads the files and the overrides over the defaults, merges and checks them.
   *
   * @param files HOCON files; a later one overrides an earlier one
   * @param overrides {@code key=value} each; a later one overrides an earlier one
   * @throws ConfigException with every problem found
   */
  public static RunConfig load(List<Path> files, List<String> overrides) {
    Config reference = reference();
    List<Problem> problems = new ArrayList<>();
    Config user = merged(files, problems);
    for (String override : overrides) {
      user = parseOverride(override, problems).withFallback(user);
    }
    try {
      user = user.resolveWith(user.withFallback(reference));
    } catch (com.typesafe.config.ConfigException e) {
      problems.add(problem(e));
      throw new ConfigException(problems);
    }
    Reading reading = new Reading(user.root(), reference.root());
    RunConfig config = RunConfig.from(Section.root(reading));
    if (problems.isEmpty()) { // values that a broken file would have set must not look inconsistent
      config.check(reading);
      Consistency.check(config, reading);
    }
    reading.reportUnknown();
    problems.addAll(reading.problems());
    if (problems.isEmpty()) { // what is wrong everywhere must not look wrong in each stage
      StageReading.all(config, user, reference, problems);
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return config;
  }

  /**
   * Whether files set a key, be it to its default.
   *
   * @param files as {@link #load} takes them without a problem
   * @param key such as {@code model.normalize}
   */
  public static boolean sets(List<Path> files, String key) {
    Config user = merged(files, new ArrayList<>());
    return user.resolveWith(user.withFallback(reference())).hasPath(key);
  }

  private static Config merged(List<Path> files, List<Problem> problems) {
    Config merged = ConfigFactory.empty();
    for (Path file : files) {
      merged = parseFile(file, problems).withFallback(merged);
    }
    return merged;
  }

  /** {@code reference.conf} as it is written, with its comments. */
  public static String referenceText() {
    try (InputStream in = referenceUrl().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("reference.conf cannot be read from the class path", e);
    }
  }

  /** The defaults as written; not merged with the {@code reference.conf} of any library. */
  public static Config reference() {
    return ConfigFactory.parseURL(referenceUrl()).resolve();
  }

  private static URL referenceUrl() {
    URL resource = ConfigLoader.class.getResource("/reference.conf");
    if (resource == null) {
      throw new IllegalStateException("reference.conf is missing from the class path");
    }
    return resource;
  }

  private static Config parseFile(Path file, List<Problem> problems) {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      problems.add(new Problem(file.toString(), "", "no such configuration file, or not readable"));
      return ConfigFactory.empty();
    }
    try {
      // Without a folder in its name, what the file includes would silently not be found.
      Path located = file.getParent() == null ? Path.of(".").resolve(file) : file;
      return ConfigFactory.parseFile(located.toFile());
    } catch (com.typesafe.config.ConfigException e) {
      problems.add(problem(e));
      return ConfigFactory.empty();
    }
  }

  /** The value of an override that is read as this text, such as a path with brackets. */
  public static String literal(String text) {
    boolean itself = text.equals(text.strip()) && !text.equals(NULL) && !isHocon(text);
    return itself ? text : ConfigUtil.quoteString(text);
  }

  private static Config parseOverride(String override, List<Problem> problems) {
    int equals = override.indexOf('=');
    if (equals <= 0) {
      problems.add(
          new Problem(
              Reading.COMMAND_LINE,
              "",
              "expected key=value such as train.epochs=2, found " + override));
      return ConfigFactory.empty();
    }
    String key = override.substring(0, equals).strip();
    String value = override.substring(equals + 1).strip();
    try {
      ConfigValue nested = overrideValue(value);
      List<String> parts = new ArrayList<>(ConfigUtil.splitPath(key));
      Collections.reverse(parts);
      for (String part : parts) {
        nested = ConfigValueFactory.fromMap(Map.of(part, nested), Reading.COMMAND_LINE);
      }
      return ((ConfigObject) nested).toConfig();
    } catch (com.typesafe.config.ConfigException e) {
      problems.add(new Problem(Reading.COMMAND_LINE, key, "cannot be read: " + e.getMessage()));
      return ConfigFactory.empty();
    }
  }

  /**
   * Lists, groups and quoted texts are HOCON; anything else is taken literally, so that URIs need
   * no quotes.
   */
  private static ConfigValue overrideValue(String value) {
    if (isHocon(value)) {
      return ConfigFactory.parseString("value = " + value, OVERRIDE).getValue("value");
    }
    return ConfigValueFactory.fromAnyRef(value.equals(NULL) ? null : value, Reading.COMMAND_LINE);
  }

  private static boolean isHocon(String value) {
    return value.startsWith("[") || value.startsWith("{") || value.startsWith("\"");
  }

  private static Problem problem(com.typesafe.config.ConfigException e) {
    ConfigOrigin origin = e.origin();
    if (origin == null) {
      return new Problem("configuration", "", e.getMessage());
    }
    String message = e.getMessage();
    String prefix = origin.description() + ": ";
    return new Problem(
        Reading.where(origin),
        "",
        message.startsWith(prefix) ? message.substring(prefix.length()) : message);
  }
}
