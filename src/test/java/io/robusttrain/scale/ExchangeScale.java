package io.robusttrain.scale;

import io.robusttrain.bigdl.BigDlEngine;
import io.robusttrain.bigdl.EngineOptions;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.tensor.NativeRuntime;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;

/**
 * Exchanges a plain vector between executors that compute nothing, and prints one line: workers,
 * questions after blocks a step, bytes read a step, and how many such vectors live on the driver's
 * heap in a step, in a pause and during a validation. Started by spark-submit, by {@code scale.sh}.
 */
public final class ExchangeScale {
  private static final long FIRST_COUNTED = 4;
  private static final long STEPS = 24;

  /** So long a validation that computes nothing lasts, for the driver to look at itself. */
  private static final long VALIDATION_SECONDS = 4;

  private ExchangeScale() {}

  /** Arguments: the number of executors, the elements of the vector. */
  public static void main(String[] args) {
    int workers = Integer.parseInt(args[0]);
    int size = Integer.parseInt(args[1]);
    NativeRuntime.load();
    SparkContext spark = SparkContext.getOrCreate(new SparkConf());
    EngineOptions options =
        new EngineOptions(workers, 1, size, size, "none", OptionalDouble.empty());
    long last = STEPS - 2;
    try (TrainingEngine<IdleWorker> engine =
        new BigDlEngine<>(spark, options, place -> new IdleWorker(FIRST_COUNTED, last))) {
      Driver driver = new Driver(engine, last / 2);
      engine.run(new float[size], 0, STEPS, driver);
      List<IdleWorker.Counts> counts = engine.onEveryWorker((worker, place) -> worker.counted());
      double steps = last - FIRST_COUNTED;
      double vector = 4.0 * size;
      System.out.printf(
          Locale.ROOT,
          "exchange %d %.1f %.0f %.1f %.1f %.1f%n",
          workers,
          counts.stream().mapToLong(IdleWorker.Counts::lookups).sum() / steps,
          counts.stream().mapToLong(IdleWorker.Counts::bytes).sum() / steps,
          driver.inStep / vector,
          driver.inPause / vector,
          driver.inValidation / vector);
    } finally {
      spark.stop();
    }
  }

  /** Looks at the driver's heap, less what was there before the run. */
  private static final class Driver implements StepObserver {
    private final TrainingEngine<IdleWorker> engine;
    private final long lookAfter;
    private final long before = live();
    private long inStep;
    private long inPause;
    private long inValidation;

    Driver(TrainingEngine<IdleWorker> engine, long lookAfter) {
      this.engine = engine;
      this.lookAfter = lookAfter;
    }

    @Override
    public void onStep(StepReport report) {
      if (report.step() == lookAfter) {
        inStep = live() - before;
      }
    }

    @Override
    public boolean pausesAfter(long step) {
      return false;
    }

    @Override
    public void onPause(long completedSteps) {
      float[] weights = engine.weights();
      inPause = live() - before;
      CompletableFuture<Long> meanwhile =
          CompletableFuture.supplyAsync(
              Driver::live,
              CompletableFuture.delayedExecutor(VALIDATION_SECONDS / 2, TimeUnit.SECONDS));
      engine.onEveryWorker(
          weights,
          (vector, worker, place) -> {
            TimeUnit.SECONDS.sleep(VALIDATION_SECONDS);
            return vector.length;
          });
      inValidation = meanwhile.join() - before;
    }

    private static long live() {
      System.gc();
      System.gc();
      return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
  }
}
