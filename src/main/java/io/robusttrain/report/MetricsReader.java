package io.robusttrain.report;

/** Is told of the lines of a log in their order, one at a time: a long run has too many to hold. */
public interface MetricsReader {
  /** A step. */
  default void step(StepMetrics metrics) {}

  /** An epoch. */
  default void epoch(EpochMetrics metrics) {}

  /** An alarm. */
  default void alarm(Alarm alarm) {}
}
