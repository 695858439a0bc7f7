package io.robusttrain.engine;

/**
 * Whether this process was told to end. Its workers go on until the run has saved what they hold,
 * or until there is no time left. Thread-safe.
 */
public final class Departure {
  private static volatile boolean announced;

  private Departure() {}

  /** Records that this process was told to end. It cannot be taken back. */
  public static void announce() {
    announced = true;
  }

  /** Whether this process was told to end. */
  public static boolean announced() {
    return announced;
  }
}
