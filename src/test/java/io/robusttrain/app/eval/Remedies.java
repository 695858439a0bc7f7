package io.robusttrain.app.eval;

import io.robusttrain.config.read.ConfigLoader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import picocli.CommandLine;

/**
 * What a message of {@code RobustEval} tells its user to set, and whether there is such a thing.
 */
final class Remedies {
  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z0-9-]*");

  /** A word with dots, as keys are; sentences end in a blank. */
  private static final Pattern KEY = Pattern.compile("[a-z][a-z-]*(?:\\.[a-z][a-z-]*)+");

  private static final Set<String> OPTIONS = options();
  private static final Set<String> KEYS =
      ConfigLoader.reference().entrySet().stream()
          .map(entry -> entry.getKey())
          .collect(Collectors.toSet());

  private Remedies() {}

  /** Options in a text that the command has not, and keys of a run's configuration. */
  static Set<String> impossible(String text) {
    Set<String> found = new TreeSet<>();
    OPTION
        .matcher(text)
        .results()
        .map(match -> match.group())
        .filter(option -> !OPTIONS.contains(option))
        .forEach(found::add);
    KEY.matcher(text)
        .results()
        .map(match -> match.group())
        .filter(Remedies::ofARun)
        .forEach(found::add);
    return found;
  }

  private static boolean ofARun(String word) {
    return KEYS.stream()
        .anyMatch(
            key -> key.equals(word) || key.startsWith(word + ".") || word.startsWith(key + "."));
  }

  private static Set<String> options() {
    Set<String> options = new TreeSet<>();
    add(EvalCommand.commandLine(new EvalLauncher(new SparkConf(false), nowhere())), options);
    return options;
  }

  private static void add(CommandLine command, Set<String> options) {
    command.getCommandSpec().options().forEach(option -> options.addAll(Set.of(option.names())));
    command.getSubcommands().values().forEach(inner -> add(inner, options));
  }

  private static PrintStream nowhere() {
    return new PrintStream(OutputStream.nullOutputStream());
  }
}
