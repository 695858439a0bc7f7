package io.robusttrain.bigdl;

import io.robusttrain.engine.StepAttempt;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;

/**
 * The step that a Spark job belongs to, and the leg of the run: how often the engine had begun to
 * run steps before. The driver sets it before each iteration and every task of the job carries it,
 * retried ones too, so no executor ever guesses where the run is.
 */
final class StepProperty {
  private static final String KEY = "robusttrain.step";

  private StepProperty() {}

  static void set(SparkContext spark, int leg, long step) {
    spark.setLocalProperty(KEY, leg + ":" + step);
  }

  static void clear(SparkContext spark) {
    spark.setLocalProperty(KEY, null);
  }

  /** Whether the running task belongs to a step. */
  static boolean isSet() {
    return TaskContext.get().getLocalProperty(KEY) != null;
  }

  /** The running task's attempt at the step of its job. */
  static StepAttempt ofTask() {
    TaskContext task = TaskContext.get();
    String value = task.getLocalProperty(KEY);
    if (value == null) {
      throw new IllegalStateException("this Spark task carries no training step");
    }
    int colon = value.indexOf(':');
    return new StepAttempt(
        Integer.parseInt(value.substring(0, colon)),
        Long.parseLong(value.substring(colon + 1)),
        task.taskAttemptId());
  }
}
