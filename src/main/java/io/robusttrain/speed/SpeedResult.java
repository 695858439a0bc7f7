package io.robusttrain.speed;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What was measured, and what follows from it.
 *
 * @param plan what was timed
 * @param engine what drove the steps
 * @param times of the timed steps, at least one
 * @param before matrix products before the steps, summed over executors
 * @param after matrix products after the steps, summed over executors
 * @param blas what multiplied the matrices, or their names where executors differ
 * @param peakBytes largest resident memory of the process that needs most
 */
public record SpeedResult(
    SpeedPlan plan,
    EngineKind engine,
    List<StepTimes> times,
    MatrixRate before,
    MatrixRate after,
    String blas,
    long peakBytes) {
  private static final double STEADY = 0.9;

  /** The engine that runs the steps. */
  public enum EngineKind {
    /** A loop in this process, without Spark. */
    IN_PROCESS,
    /** BigDL's DistriOptimizer on Spark. */
    BIGDL,
    /** Connections of c10d between workers in a barrier stage of Spark. */
    COLLECTIVE;

    /** Whether workers exchange anything. */
    boolean isDistributed() {
      return this != IN_PROCESS;
    }
  }

  public SpeedResult {
    times = List.copyOf(times);
    if (times.isEmpty()) {
      throw new IllegalArgumentException("no step was timed");
    }
  }

  /** Wall seconds of a step. */
  Spread stepSeconds() {
    return Spread.of(times.stream().mapToDouble(StepTimes::seconds));
  }

  /** Images of a step over its wall seconds. */
  Spread imagesPerSecond() {
    return Spread.of(times.stream().mapToDouble(step -> plan.batch() / step.seconds()));
  }

  /** The median step's rate in GFLOP/s. */
  double gigaflops() {
    return imagesPerSecond().median() * plan.flopsPerImage() / 1e9;
  }

  /** The yardstick: the mean of the medians before and after, and the best of both. */
  MatrixRate matrixRate() {
    return new MatrixRate(
        (before.median() + after.median()) / 2, Math.max(before.best(), after.best()));
  }

  /** Whether the machine was not the same all the time: a median is a tenth below the best. */
  boolean matrixRateDiffers() {
    return Math.min(before.median(), after.median()) < STEADY * matrixRate().best();
  }

  /** The median step's rate over that of the median product, in [0,1]. */
  double ratio() {
    return gigaflops() / matrixRate().median();
  }

  /** The median step's rate over that of the best product, in [0,1]. */
  double ratioToBest() {
    return gigaflops() / matrixRate().best();
  }

  /** The share of a part in the time of all timed steps, in [0,1]. */
  double share(ToDoubleFunction<StepTimes> part) {
    return times.stream().mapToDouble(part).sum()
        / times.stream().mapToDouble(StepTimes::seconds).sum();
  }

  /** Seconds of a step outside of the slowest worker's own work. */
  Spread exchangeSeconds() {
    return Spread.of(times.stream().mapToDouble(StepTimes::exchange));
  }
}
