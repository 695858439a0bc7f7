package io.robusttrain.notebook;

import org.apache.spark.TaskContext;

/**
 * What the loops of cells ask in every round. Public because the classes of cells call it, on
 * executors too. Thread-safe.
 */
public final class Interruption {
  private Interruption() {}

  /**
   * Ends the code that calls it if its thread is interrupted, or Spark has cancelled its task; the
   * thread stays interrupted.
   */
  public static void check() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CellInterrupted();
    }
    TaskContext task = TaskContext.get();
    if (task != null && task.isInterrupted()) {
      throw new CellInterrupted();
    }
  }
}
