package io.robusttrain.sweep;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A sweep: one configuration, changed run by run.
 *
 * @param name of the folder of its runs
 * @param base the files that all runs start from, later ones winning
 * @param common overrides of all runs, {@code key=value}
 * @param runs at least one, in the order in which they run
 */
public record Sweep(String name, List<Path> base, List<String> common, List<SweepRun> runs) {
  public Sweep {
    base = List.copyOf(base);
    common = List.copyOf(common);
    runs = List.copyOf(runs);
  }

  /** The keys that some run changes, in the order of their first appearance. */
  public List<String> ablatedKeys() {
    Set<String> keys = new LinkedHashSet<>();
    runs.forEach(run -> keys.addAll(run.overrides().keySet()));
    return List.copyOf(keys);
  }
}
