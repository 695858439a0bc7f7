package io.robusttrain.collective;

import io.robusttrain.base.PortRange;
import java.time.Duration;
import java.util.OptionalDouble;

/**
 * How a flat vector is distributed and exchanged.
 *
 * @param workers executors that take part, at least 1
 * @param replicas replicas of each worker, computing in threads of their own
 * @param size the elements of the flat vector, statistics included; at least {@code workers}
 * @param parameterCount the leading elements that are parameters, not statistics
 * @param maxGradientNorm clip gradients to this norm
 * @param links how workers reach each other and the driver
 * @param grace how long an executor that is told to end waits for what it holds to be saved
 */
public record CollectiveOptions(
    int workers,
    int replicas,
    int size,
    int parameterCount,
    OptionalDouble maxGradientNorm,
    Links links,
    Duration grace) {
  /** How long an executor that is told to end waits for the driver, where nobody says otherwise. */
  private static final Duration GRACE = Duration.ofSeconds(25);

  /**
   * How workers reach each other and the driver.
   *
   * @param ports where the driver listens
   * @param threads of the arithmetic between the workers' own
   * @param patience the longest that a worker waits for another one. A last resort: the driver,
   *     which sees that nothing moves, gives up before
   * @param overlap whether they exchange while samples are loaded and gradients computed; the
   *     result is the same
   */
  public record Links(PortRange ports, int threads, Duration patience, boolean overlap) {
    /** The shortest patience that there is need for: 30 minutes. */
    public static final Duration PATIENCE = Duration.ofMinutes(30);

    /** Any port, one thread, 30 minutes, and exchange while something is computed. */
    public static final Links DEFAULT = new Links(PortRange.ANY, 1, PATIENCE, true);
  }

  /** Options with any ports, one thread and a grace of 25 seconds. */
  public CollectiveOptions(
      int workers, int replicas, int size, int parameterCount, OptionalDouble maxGradientNorm) {
    this(workers, replicas, size, parameterCount, maxGradientNorm, Links.DEFAULT, GRACE);
  }

  /** These with another choice of when to exchange. */
  public CollectiveOptions withOverlap(boolean overlap) {
    Links other = new Links(links.ports(), links.threads(), links.patience(), overlap);
    return new CollectiveOptions(
        workers, replicas, size, parameterCount, maxGradientNorm, other, grace);
  }

  public CollectiveOptions {
    if (workers < 1 || replicas < 1 || size < workers || parameterCount > size) {
      throw new IllegalArgumentException(
          "impossible distribution: %d workers, %d replicas, %d elements, %d of them parameters"
              .formatted(workers, replicas, size, parameterCount));
    }
  }
}
