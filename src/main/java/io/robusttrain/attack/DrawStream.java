package io.robusttrain.attack;

import io.robusttrain.tensor.SeedKey;

/**
 * A stream of draws from one key: SplitMix64 (Steele, Lea, Flood, 2014). The same key gives the
 * same draws on every machine. Not thread-safe.
 */
final class DrawStream {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;

  DrawStream(SeedKey key) {
    state = key.value();
  }

  /** A number in 0 ... bound - 1; 0 where the bound is not above 1. */
  int below(int bound) {
    return bound <= 1 ? 0 : (int) (((next() >>> 32) * bound) >>> 32);
  }

  /** Either -1 or 1. */
  int sign() {
    return next() < 0 ? -1 : 1;
  }

  private long next() {
    state += GOLDEN_GAMMA;
    long z = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
