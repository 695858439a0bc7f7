package io.robusttrain.bigdl;

import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;

/**
 * The step that a Spark job belongs to. The driver sets it before each iteration and every task of
 * the job carries it, retried ones too, so no executor ever guesses where the run is.
 */
final class StepProperty {
  private static final String KEY = "robusttrain.step";

  private StepProperty() {}

  static void set(SparkContext spark, long step) {
    spark.setLocalProperty(KEY, Long.toString(step));
  }

  static void clear(SparkContext spark) {
    spark.setLocalProperty(KEY, null);
  }

  /** The step of the running task. */
  static long ofTask() {
    String value = TaskContext.get().getLocalProperty(KEY);
    if (value == null) {
      throw new IllegalStateException("this Spark task carries no training step");
    }
    return Long.parseLong(value);
  }
}
