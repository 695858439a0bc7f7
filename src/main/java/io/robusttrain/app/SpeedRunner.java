package io.robusttrain.app;

import io.robusttrain.speed.SpeedResult;

/** Runs a benchmark. */
@FunctionalInterface
public interface SpeedRunner {
  /**
   * Times the steps that were asked for.
   *
   * @throws IllegalArgumentException if the request does not fit the machine or itself
   */
  SpeedResult run(SpeedRequest request);
}
