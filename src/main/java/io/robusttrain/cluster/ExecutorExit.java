package io.robusttrain.cluster;

import io.robusttrain.engine.Departure;
import io.robusttrain.engine.WorkerRegistry;
import io.robusttrain.tensor.NativeGate;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.SparkEnv;

/**
 * Lets an executor that is told to end, as by a scheduler that needs its place, first hand over
 * what it holds: the driver hears of it with the next step, saves the run and releases the worker.
 * If it does not in time, the executor leaves native code and ends.
 */
final class ExecutorExit {
  /** The longest that one micro-batch may take; a scheduler that waits no longer kills. */
  private static final Duration LEAVING = Duration.ofMinutes(10);

  private static final String DRIVER = "driver";
  private static final AtomicBoolean WATCHED = new AtomicBoolean();

  private ExecutorExit() {}

  /** From now on this process ends like that, unless it is a driver, which has its own way. */
  static void watch(Duration grace) {
    boolean driver = DRIVER.equals(SparkEnv.get().executorId());
    if (!driver && WATCHED.compareAndSet(false, true)) {
      ShutdownHookManager.get()
          .addShutdownHook(
              () -> leave(grace),
              NativeGate.EXIT_PRIORITY,
              grace.plus(LEAVING).toMillis(),
              TimeUnit.MILLISECONDS);
    }
  }

  private static void leave(Duration grace) {
    Departure.announce();
    NativeGate.closeAfter(() -> WorkerRegistry.awaitEmpty(grace), LEAVING);
  }
}
