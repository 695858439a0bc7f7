package io.robusttrain.objective;

/** Checks of the weights that objectives give their terms. */
public final class Weights {
  private Weights() {}

  /** Throws unless a weight is finite and at least 0. */
  public static void require(String name, double weight) {
    if (!(weight >= 0 && weight <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "%s must be a finite number of at least 0: %s".formatted(name, weight));
    }
  }
}
