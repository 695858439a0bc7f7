package io.robusttrain.bigdl;

import java.util.OptionalDouble;

/**
 * How BigDL distributes a flat vector.
 *
 * @param workers executors that take part, at least 1
 * @param replicas replicas of each worker, computing in threads of their own
 * @param size the elements of the flat vector, statistics included; at least {@code workers}
 * @param parameterCount the leading elements that are parameters, not statistics
 * @param compression {@code none}, or {@code fp16}: BigDL's truncation of gradients and weights
 *     exchanged to 16 bits
 * @param maxGradientNorm clip gradients to this norm
 */
public record EngineOptions(
    int workers,
    int replicas,
    int size,
    int parameterCount,
    String compression,
    OptionalDouble maxGradientNorm) {
  /** Checks the ranges. */
  public EngineOptions {
    if (workers < 1 || replicas < 1 || size < workers || parameterCount > size) {
      throw new IllegalArgumentException(
          "impossible distribution: %d workers, %d replicas, %d elements, %d of them parameters"
              .formatted(workers, replicas, size, parameterCount));
    }
  }
}
