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
  /** The root key of a run. */
  public static SeedKey of(long seed) {
    return new SeedKey(RandomStream.mix(seed + RandomStream.GOLDEN_GAMMA));
  }

  /** The key of this one's child number {@code component}. */
  public SeedKey with(long component) {
    long step = RandomStream.mix(component + RandomStream.GOLDEN_GAMMA) | 1;
    return new SeedKey(RandomStream.mix(value + RandomStream.GOLDEN_GAMMA * step));
  }

  /** The random numbers that follow from this key. */
  public RandomStream stream() {
    return RandomStream.from(value);
  }

  /** The key for a purpose, such as {@code "attack-noise"}. */
  public SeedKey with(String purpose) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < purpose.length(); i++) {
      hash = (hash ^ purpose.charAt(i)) * 0x100000001B3L;
    }
    return with(hash);
  }
}
