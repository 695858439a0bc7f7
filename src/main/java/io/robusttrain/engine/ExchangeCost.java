package io.robusttrain.engine;

/**
 * What BigDL's exchange takes for a step beside sending, and collectives do not: two Spark jobs, a
 * copy of every byte through serialisers, and a question to the driver for each pair of executors
 * and each direction. Measured where the two engines were compared (docs/collectives.md).
 */
public final class ExchangeCost {
  private static final double JOBS_SECONDS = 0.3;
  private static final double SECONDS_PER_BYTE = 2.4e-9;
  private static final double SECONDS_PER_QUESTION = 33e-6;

  /** A saving that is worth a hint, as a share of the step. */
  private static final double WORTH_SAYING = 0.1;

  private ExchangeCost() {}

  /**
   * Seconds of a step that collectives would save.
   *
   * @param executors that take part
   * @param exchangedBytes that an executor receives in a step, weights and gradients
   */
  public static double savedSeconds(int executors, double exchangedBytes) {
    return executors < 2
        ? 0
        : JOBS_SECONDS
            + SECONDS_PER_BYTE * exchangedBytes
            + SECONDS_PER_QUESTION * 2 * executors * (executors - 1);
  }

  /**
   * Bytes that an executor receives in a step: all others' slices of the weights, and all others'
   * gradients of its own.
   *
   * @param vectorBytes of the flat vector as it travels
   */
  public static double bytes(int executors, long vectorBytes) {
    return 2.0 * vectorBytes * (executors - 1) / executors;
  }

  /** Whether somebody should be told that so much of a step could be saved; both in seconds. */
  public static boolean isWorthSaying(double saved, double step) {
    return saved >= WORTH_SAYING * step;
  }
}
