package io.robusttrain.train.guard;

/** Measures how images resist one attack step and many. */
@FunctionalInterface
public interface GapMeasure {
  /**
   * Measures a flat vector.
   *
   * @param weights (P)
   * @param radius of both attacks, above 0
   */
  Probe.Result measure(float[] weights, double radius);
}
