package io.robusttrain.cluster;

import java.time.Duration;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;

/** A barrier stage that is under way, on a thread of its own. */
public final class StageRun {
  private final JavaSparkContext spark;
  private final String group;
  private final Thread thread;

  /**
   * Begins a stage.
   *
   * @param group a name that no other job has
   * @param stage runs it and returns when it has ended
   * @param over told on the stage's thread when it has ended, with why if it failed
   */
  StageRun(JavaSparkContext spark, String group, Runnable stage, Consumer<Exception> over) {
    this.spark = spark;
    this.group = group;
    this.thread =
        new Thread(
            () -> {
              spark.setJobGroup(group, "steps of training", true);
              Exception failure = null;
              try {
                stage.run();
              } catch (Exception failed) {
                failure = failed;
              } catch (Error failed) {
                failure = new IllegalStateException("the stage of the steps broke", failed);
                throw failed;
              } finally {
                over.accept(failure);
              }
            },
            "collective-stage");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Cancels the stage if it has not ended. Its tasks are interrupted and may go on for a moment.
   *
   * @param longest to wait until Spark knows of it
   */
  public void cancel(Duration longest) {
    if (thread.isAlive()) {
      spark.cancelJobGroup(group);
      try {
        thread.join(longest.toMillis());
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
