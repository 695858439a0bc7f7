package io.robusttrain.tensor;

import java.util.function.DoublePredicate;

/**
 * A stream of random numbers that follows from a key alone: SplitMix64 (Steele, Lea and Flood,
 * 2014). The same key gives the same numbers on every machine and in every thread; streams of
 * different keys are unrelated. Needs no native library. Not thread-safe: make one for each use.
 */
public final class RandomStream {
  static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private long state;

  private RandomStream(long state) {
    this.state = state;
  }

  /** The stream that begins in a state. */
  static RandomStream from(long state) {
    return new RandomStream(state);
  }

  /**
   * The stream of a key of several words, for example (seed, epoch, sample id). Each word is mixed
   * into the initial state by one step of the generator.
   */
  public static RandomStream of(long... key) {
    long state = 0;
    for (long word : key) {
      state = mix(state + GOLDEN_GAMMA ^ mix(word + GOLDEN_GAMMA));
    }
    return new RandomStream(state);
  }

  /** The next 64 random bits. */
  public long nextLong() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /** Uniform on [0, 1), a multiple of 2^-53. */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /** Uniform on [low, high). */
  public double nextDouble(double low, double high) {
    return low + (high - low) * nextDouble();
  }

  /**
   * Uniform on 0 to {@code bound - 1}, without bias (Lemire's multiplication with rejection).
   *
   * @throws IllegalArgumentException when {@code bound} is below 1
   */
  public int nextInt(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("bound must be at least 1, got " + bound);
    }
    long product = (nextLong() >>> 32) * bound;
    if ((product & 0xffffffffL) < bound) {
      long threshold = (1L << 32) % bound;
      while ((product & 0xffffffffL) < threshold) {
        product = (nextLong() >>> 32) * bound;
      }
    }
    return (int) (product >>> 32);
  }

  /**
   * A number in 0 to {@code bound - 1} from exactly one draw, each with a probability that differs
   * from 1 / {@code bound} by less than 2^-32; 0, without a draw, where the bound is not above 1.
   */
  public int below(int bound) {
    return bound <= 1 ? 0 : (int) (((nextLong() >>> 32) * bound) >>> 32);
  }

  /** Either -1 or 1. */
  public int nextSign() {
    return nextLong() < 0 ? -1 : 1;
  }

  /** Standard normal (Box and Muller, 1958), the same on every machine. Takes two draws. */
  public double nextGaussian() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * nextDouble());
  }

  /**
   * As {@link #nextGaussian()} where it matters, and faster: a value less than 1e-12 from it,
   * unless {@code matters} says of that value that so little would make a difference. The same two
   * draws.
   */
  public double nextGaussian(DoublePredicate matters) {
    double uniform = 1 - nextDouble();
    double angle = 2 * Math.PI * nextDouble();
    double near = Math.sqrt(-2 * Math.log(uniform)) * Math.cos(angle);
    return matters.test(near)
        ? StrictMath.sqrt(-2 * StrictMath.log(uniform)) * StrictMath.cos(angle)
        : near;
  }

  /** Shuffles in place; every order is equally likely (Fisher and Yates). */
  public void shuffle(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
  }

  /** The generator's finaliser, a bijection that mixes all bits. */
  static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    long b = (a ^ (a >>> 27)) * 0x94d049bb133111ebL;
    return b ^ (b >>> 31);
  }
}
