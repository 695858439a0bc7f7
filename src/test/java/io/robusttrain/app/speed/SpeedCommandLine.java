package io.robusttrain.app.speed;

import io.robusttrain.report.ProgressDisplay;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkConf;
import picocli.CommandLine;

/** Runs command lines of {@code RobustSpeed} that need no cluster. */
final class SpeedCommandLine {
  private SpeedCommandLine() {}

  /** Runs a subcommand with options of which later ones win over those of a tiny run. */
  static int execute(
      String subcommand, List<String> tiny, StringWriter out, StringWriter err, String... args) {
    List<String> all = new ArrayList<>(List.of(subcommand));
    all.addAll(over(tiny, args));
    CommandLine line =
        SpeedCommand.commandLine(
            new SpeedLauncher(
                new SparkConf(false),
                ProgressDisplay.automatic(System.err, Clock.systemUTC(), Duration.ZERO)));
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return line.execute(all.toArray(String[]::new));
  }

  /** Options, after those of a tiny run that they do not replace. */
  static List<String> over(List<String> tiny, String... args) {
    List<String> all = new ArrayList<>(tiny);
    for (String argument : args) {
      all.removeIf(option -> name(option).equals(name(argument)));
    }
    all.addAll(Arrays.asList(args));
    return all;
  }

  private static String name(String option) {
    return option.split("=", -1)[0];
  }
}
