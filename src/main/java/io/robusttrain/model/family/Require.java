package io.robusttrain.model.family;

/** Checks that the families share; every message names the model and the argument. */
final class Require {
  private Require() {}

  static void positive(String model, String argument, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "%s: %s must be at least 1, not %d".formatted(model, argument, value));
    }
  }

  static void positive(String model, String argument, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(
          "%s: %s must be positive, not %s".formatted(model, argument, value));
    }
  }

  static void finite(String model, String argument, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "%s: %s must be finite, not %s".formatted(model, argument, value));
    }
  }

  /** The probability of dropping a branch. */
  static void dropPathRate(String model, double rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException(
          "%s: drop_path_rate must be in [0, 1), not %s".formatted(model, rate));
    }
  }

  /** The input is a whole number of patches. */
  static void patches(String model, int height, int width, int patch) {
    positive(model, "img_size", Math.min(height, width));
    if (height % patch != 0 || width % patch != 0) {
      throw new IllegalArgumentException(
          "%s: img_size %dx%d is not divisible by patch_size %d; the nearest that is: %dx%d"
              .formatted(
                  model, height, width, patch, nearest(height, patch), nearest(width, patch)));
    }
  }

  /** Each head has as many channels as the others. */
  static void heads(String model, int dim, int heads) {
    positive(model, "embed_dim", dim);
    positive(model, "num_heads", heads);
    if (dim % heads != 0) {
      throw new IllegalArgumentException(
          "%s: embed_dim %d is not divisible by num_heads %d; choose a divisor of %d"
              .formatted(model, dim, heads, dim));
    }
  }

  /** The positive multiple of a divisor that is nearest to a value. */
  static int nearest(int value, int divisor) {
    return Math.max(divisor, (value + divisor / 2) / divisor * divisor);
  }
}
