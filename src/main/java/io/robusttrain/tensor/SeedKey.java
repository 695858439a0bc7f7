package io.robusttrain.tensor;

import java.io.Serializable;

/**
 * The explicit key of a random draw. A key is derived from the run's seed by naming what the draw
 * is for and which epoch, step, micro-batch or sample it belongs to; equal keys give equal draws on
 * every executor, in any order. Immutable.
 *
 * @param value 64 well-mixed bits, usable as the seed of any generator
 */
public record SeedKey(long value) implements Serializable {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  /** The root key of a run. */
  public static SeedKey of(long seed) {
    return new SeedKey(mix(seed + GOLDEN_GAMMA));
  }

  /** The key of this one's child number {@code component}. */
  public SeedKey with(long component) {
    return new SeedKey(mix(value + GOLDEN_GAMMA * (mix(component + GOLDEN_GAMMA) | 1)));
  }

  /** The key for a purpose, such as {@code "attack-noise"}. */
  public SeedKey with(String purpose) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < purpose.length(); i++) {
      hash = (hash ^ purpose.charAt(i)) * 0x100000001B3L;
    }
    return with(hash);
  }

  /** The finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable PRNGs, 2014). */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
