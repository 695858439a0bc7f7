package io.robusttrain.sweep;

import com.typesafe.config.ConfigUtil;
import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * The overrides of a command line, which hold for all runs of a sweep and are stronger than its
 * file: none may touch what the file changes run by run, or the runs would be alike and the table
 * would say that they differ.
 */
public final class CommonOverrides {
  private static final List<String> ID = List.of("run", "id");

  private CommonOverrides() {}

  /**
   * Refuses what the sweep itself decides.
   *
   * @param sweep the sweep
   * @param overrides {@code key=value} each; whether they can be read is not checked here
   * @throws ConfigException with every override that names the runs or is, contains or lies within
   *     a key that some run changes
   */
  public static void check(Sweep sweep, List<String> overrides) {
    List<Problem> problems = new ArrayList<>();
    for (String override : overrides) {
      String key = override.substring(0, Math.max(0, override.indexOf('='))).strip();
      List<String> path = path(key);
      if (path.equals(ID)) {
        problems.add(problem(key, "a sweep names its runs itself; leave it out"));
      }
      for (String ablated : sweep.ablatedKeys()) {
        if (overlap(path, path(ablated))) {
          problems.add(
              problem(
                  key,
                  "would replace %s, which sweep %s changes run by run, in all of its runs; leave it out, or change the sweep file"
                      .formatted(ablated, sweep.name())));
        }
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }

  private static Problem problem(String key, String message) {
    return new Problem("command line", key, message);
  }

  /** The parts of a key; none if it is no key, which the configuration reports when it is read. */
  private static List<String> path(String key) {
    try {
      return ConfigUtil.splitPath(key);
    } catch (com.typesafe.config.ConfigException unreadable) {
      return List.of();
    }
  }

  private static boolean overlap(List<String> a, List<String> b) {
    int common = Math.min(a.size(), b.size());
    return common > 0 && a.subList(0, common).equals(b.subList(0, common));
  }
}
