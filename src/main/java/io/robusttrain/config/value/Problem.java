package io.robusttrain.config.value;

/**
 * One thing that is wrong with a configuration.
 *
 * @param where file and line, or {@code command line}
 * @param key the key it concerns, empty when it concerns the whole file
 * @param message what is wrong and what would be right
 */
public record Problem(String where, String key, String message) {
  /** A problem of a key, wherever its value was written. */
  public static Problem of(String key, String message) {
    return new Problem("configuration", key, message);
  }

  @Override
  public String toString() {
    return where + ": " + (key.isEmpty() ? "" : key + ": ") + message;
  }
}
