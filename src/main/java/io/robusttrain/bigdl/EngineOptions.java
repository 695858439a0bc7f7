package io.robusttrain.bigdl;

import io.robusttrain.engine.ExchangeMemory;
import java.time.Duration;
import java.util.OptionalDouble;

/**
 * How BigDL distributes a flat vector.
 *
 * @param workers executors that take part, at least 1
 * @param replicas replicas of each worker, computing in threads of their own
 * @param size the elements of the flat vector, statistics included; at least {@code workers}
 * @param parameterCount the leading elements that are parameters, not statistics
 * @param compression {@code none}, or {@code fp16}: gradients and weights travel in 16 bits and are
 *     added in float32
 * @param maxGradientNorm clip gradients to this norm
 * @param grace how long an executor that is told to end waits for what it holds to be saved
 */
public record EngineOptions(
    int workers,
    int replicas,
    int size,
    int parameterCount,
    String compression,
    OptionalDouble maxGradientNorm,
    Duration grace) {
  /** How long an executor that is told to end waits for the driver, where nobody says otherwise. */
  private static final Duration GRACE = Duration.ofSeconds(25);

  /** Options with a grace of 25 seconds. */
  public EngineOptions(
      int workers,
      int replicas,
      int size,
      int parameterCount,
      String compression,
      OptionalDouble maxGradientNorm) {
    this(workers, replicas, size, parameterCount, compression, maxGradientNorm, GRACE);
  }

  public EngineOptions {
    if (workers < 1 || replicas < 1 || size < workers || parameterCount > size) {
      throw new IllegalArgumentException(
          "impossible distribution: %d workers, %d replicas, %d elements, %d of them parameters"
              .formatted(workers, replicas, size, parameterCount));
    }
  }

  /** How gradients and weights travel. */
  WireFormat format() {
    return WireFormat.of(compression);
  }

  /**
   * Bytes of Spark's storage memory that a worker takes while it trains: the weights and each
   * replica's gradients that BigDL caches, and the blocks that the others fetch.
   */
  public long storageBytes() {
    return ExchangeMemory.bytes(workers, replicas, size, format().width());
  }
}
