package io.robusttrain.sweep;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One run of a sweep.
 *
 * @param name its run id, unique in the sweep
 * @param overrides what it changes: keys with values as a command line has them, in order
 */
public record SweepRun(String name, Map<String, String> overrides) {
  public SweepRun {
    overrides = Collections.unmodifiableMap(new LinkedHashMap<>(overrides));
  }

  /** The overrides as arguments {@code key=value}. */
  public List<String> arguments() {
    return overrides.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
  }
}
