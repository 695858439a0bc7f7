package io.robusttrain.optim;

/**
 * The exponential moving average (EMA) of the weights after each step, with the arithmetic of
 * timm's {@code ModelEmaV3}: {@code s_n = 1 - d(n)}. With {@code t = n - start - 1}, d is 0 while t
 * is not above 0, so that the average begins as a copy of the weights, and then {@code decay} or,
 * with a warm-up, {@code min(decay, 1 - (1 + t)^(-2/3))}.
 *
 * @param decay in [0,1); its memory is about {@code 1 / (1 - decay)} steps
 * @param warmup how the decay rises
 * @param start steps before the first that is averaged, at least 0
 */
public record ExponentialAverage(double decay, Warmup warmup, long start) implements WeightAverage {
  /** The name of its vector. */
  public static final String NAME = "ema";

  private static final double WARMUP_POWER = 2 / 3.0;

  /** How the decay rises. */
  public enum Warmup {
    /** It does not: the decay is constant. */
    NONE,
    /** {@code 1 - (1 + t)^(-2/3)}, until it reaches the decay: 0.999 at step 31,600. */
    POWER
  }

  public ExponentialAverage {
    if (!(decay >= 0 && decay < 1 && start >= 0)) {
      throw new IllegalArgumentException(
          "a moving average needs a decay in [0,1) and a start at a step from 0: decay %s, start %d"
              .formatted(decay, start));
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public double share(long step) {
    long averaged = step - start - 1;
    if (averaged <= 0) {
      return 1;
    }
    return switch (warmup) {
      case NONE -> 1 - decay;
      case POWER -> 1 - Math.min(decay, 1 - Math.pow(1 + (double) averaged, -WARMUP_POWER));
    };
  }

  @Override
  public boolean begun(long step) {
    return step > start + 1;
  }
}
