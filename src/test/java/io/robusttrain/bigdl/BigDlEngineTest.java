package io.robusttrain.bigdl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.WorkerFailure;
import io.robusttrain.oracle.Rounding;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.FutureTask;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The engine against closed forms: the mean gradient, the slices, the order of events. */
@Tag("slow")
class BigDlEngineTest {
  /**
   * Of a weight after five steps: the mean of the gradients, its product with the rate and the
   * difference round in each, of values up to 10. A norm of five such elements is wrong by no more
   * than their sum, a sum of squares by twice the value for each.
   */
  private static final double ROUNDING = 5 * 3 * Rounding.UNIT * 10;

  private static final int SIZE = 7;
  private static SparkContext spark;

  private final QuadraticWorkers workers = new QuadraticWorkers();

  @BeforeAll
  static void startSpark() {
    spark =
        new SparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("engine")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @Test
  void descendsAlongTheMeanGradientOfAllReplicas() {
    for (int count : new int[] {1, 2}) {
      for (int replicas : new int[] {1, 2}) {
        Recorder recorder = new Recorder();
        float[] weights = train(count, replicas, OptionalDouble.empty(), recorder, 5);
        double mean = (count * replicas - 1) / 2.0;
        double expected = mean + (10 - mean) * Math.pow(1 - QuadraticWorker.RATE, 5);
        for (float weight : weights) {
          assertThat((double) weight).isCloseTo(expected, within(ROUNDING));
        }
      }
    }
  }

  @Test
  void reportsEveryStepOnceInOrderWithItsOwnNormAndPausesWhereAsked() {
    Recorder recorder = new Recorder();
    train(2, 1, OptionalDouble.empty(), recorder, 5);
    assertThat(recorder.events)
        .containsExactly("step 0", "step 1", "pause 2", "step 2", "step 3", "step 4", "pause 5");
    for (StepReport report : recorder.reports) {
      double distance = 9.5 * Math.pow(1 - QuadraticWorker.RATE, (double) report.step());
      // 5 of the 7 elements are parameters; statistics do not count.
      assertThat(report.gradientNorm()).isCloseTo(Math.sqrt(5) * distance, within(5 * ROUNDING));
      assertThat(report.loss())
          .isCloseTo(SIZE * (distance * distance + 0.25) / 2, within(SIZE * 10 * ROUNDING));
      assertThat(report.samples()).isEqualTo(6);
    }
  }

  @Test
  void clipsTheNormOfParametersAndLeavesStatisticsAlone() {
    Recorder recorder = new Recorder();
    float[] weights = train(2, 1, OptionalDouble.of(1.0), recorder, 1);
    double norm = Math.sqrt(5) * 9.5;
    assertThat(recorder.reports.get(0).gradientNorm()).isCloseTo(norm, within(5 * ROUNDING));
    double clipped = 10 - QuadraticWorker.RATE * 9.5 / norm;
    assertThat((double) weights[4]).isCloseTo(clipped, within(ROUNDING));
    assertThat((double) weights[5]).isCloseTo(10 - QuadraticWorker.RATE * 9.5, within(ROUNDING));
  }

  @Test
  void failsWithTheFirstExceptionOfTheWorker() {
    try (BigDlEngine<QuadraticWorker> engine = engine(2, 1, OptionalDouble.empty(), 3)) {
      assertThatThrownBy(() -> engine.run(start(), 0, 5, new Recorder()))
          .isInstanceOf(WorkerFailure.class)
          .hasMessage("loss is not finite in step 3")
          .hasCauseInstanceOf(ArithmeticException.class);
    }
  }

  @Test
  void handsOnWhatTheObserverThrows() {
    try (BigDlEngine<QuadraticWorker> engine = engine(1, 1, OptionalDouble.empty(), -1)) {
      Recorder recorder =
          new Recorder() {
            @Override
            public void onPause(long completedSteps) {
              throw new UnsupportedOperationException("enough");
            }
          };
      assertThatThrownBy(() -> engine.run(start(), 0, 5, recorder))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessage("enough");
    }
  }

  @Test
  void failsWhenAGradientDoesNotArrive() {
    workers.afterExchange(
        step -> {
          if (step == 2) {
            SliceExchange.endAll();
          }
        });
    try (BigDlEngine<QuadraticWorker> engine = engine(2, 1, OptionalDouble.empty(), -1)) {
      // BigDL's own sum would go on with the gradients that it has.
      assertThatThrownBy(() -> engine.run(start(), 0, 5, new Recorder()))
          .isInstanceOf(EngineOutage.class)
          .hasMessageContaining("did not arrive");
    }
  }

  @Test
  void refusesASecondCopyOfATask() {
    try (BigDlEngine<QuadraticWorker> engine = engine(1, 1, OptionalDouble.empty(), -1)) {
      Recorder recorder =
          new Recorder() {
            @Override
            public void onPause(long completedSteps) {
              StepProperty.set(spark, 1, completedSteps - 1);
              assertThatThrownBy(() -> engine.steps().count())
                  .hasMessageContaining("its task ran twice");
              super.onPause(completedSteps);
            }
          };
      engine.run(start(), 0, 5, recorder);
      double expected = 10 * Math.pow(1 - QuadraticWorker.RATE, 5);
      assertThat((double) engine.weights()[0]).isCloseTo(expected, within(ROUNDING));
    }
  }

  @Test
  void leavesNothingBehindHoweverOftenEnginesFollowEachOther() {
    for (int generation = 0; generation < 10; generation++) {
      BigDlEngine<QuadraticWorker> engine =
          engine(2, 1, OptionalDouble.empty(), generation % 2 == 0 ? 3 : -1);
      if (generation % 2 == 0) {
        // Abandoned, as after a loss: the next engine closes its workers.
        assertThatThrownBy(() -> engine.run(start(), 0, 5, new Recorder()));
      } else {
        engine.run(start(), 0, 5, new Recorder());
        engine.close();
        assertThat(workers.alive()).as("workers alive").isZero();
        assertThat(exchangeBlocks()).isZero();
      }
    }
    assertThat(JavaSparkContext.fromSparkContext(spark).getPersistentRDDs().values())
        .extracting(rdd -> rdd.name())
        .doesNotContain("Thread Model RDD");
  }

  @Test
  void whatIsAbandonedEndsAsAnOutage() {
    BigDlEngine<QuadraticWorker> engine = engine(1, 1, OptionalDouble.empty(), -1);
    engine.abandon("nothing moved");
    assertThatThrownBy(() -> engine.run(start(), 0, 5, new Recorder()))
        .isInstanceOf(EngineOutage.class)
        .hasMessage("nothing moved");
    engine.close();
  }

  @Test
  void anExecutorThatIsLostWhileTheEngineClosesDoesNotFailARunThatIsDone() {
    ExecutorWatch watch = ExecutorWatch.of(spark);
    BigDlEngine<QuadraticWorker> engine =
        new BigDlEngine<>(
            watch, spark, options(1, 1, OptionalDouble.empty()), workers.factory(5, -1));
    engine.run(start(), 0, 5, new Recorder());
    String executor = SparkEnv.get().executorId();
    workers.onClose(
        () -> {
          watch.onExecutorRemoved(new SparkListenerExecutorRemoved(0, executor, "host went away"));
          throw new IllegalStateException("its executor was lost");
        });
    assertThatCode(engine::close).doesNotThrowAnyException();
  }

  @Test
  @Timeout(60)
  void nobodyWaitsForExecutorsOnceItIsGivenUp() throws InterruptedException {
    ExecutorWatch watch = ExecutorWatch.of(spark);
    assertThat(watch.await(2, Duration.ofHours(1), () -> true)).isEqualTo(1);
    watch.departs(SparkEnv.get().executorId());
    watch.awaitDepartures(Duration.ofHours(1), () -> true);
  }

  /** What an exchange lacks is missed before the driver hears of the executor that had it. */
  @Test
  @Timeout(60)
  void anExchangeThatBreaksWaitsForTheNewsOfALostExecutor() throws Exception {
    ExecutorWatch watch = ExecutorWatch.of(spark);
    Outages outages = new Outages(watch, false);
    outages.depend(List.of("7"));
    SparkException thrown =
        new SparkException(
            "Job aborted", new ExchangeFailure("gradients of worker 1 were not put: closed"));
    FutureTask<RuntimeException> failure = new FutureTask<>(() -> outages.failure(thrown));
    Thread driver = new Thread(failure, "driver");
    driver.start();
    while (driver.isAlive() && driver.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    watch.onExecutorRemoved(new SparkListenerExecutorRemoved(0, "7", "host went away"));
    assertThat(failure.get())
        .isInstanceOf(EngineOutage.class)
        .hasMessage("executor 7 was lost: host went away")
        .extracting(outage -> ((EngineOutage) outage).kind())
        .isEqualTo(EngineOutage.Kind.EXECUTOR_LOST);
  }

  @Test
  void aWorkerThatCannotBeClosedIsAFailure() {
    BigDlEngine<QuadraticWorker> engine = engine(1, 1, OptionalDouble.empty(), -1);
    engine.run(start(), 0, 1, new Recorder());
    workers.onClose(
        () -> {
          throw new ArithmeticException("odd");
        });
    assertThatThrownBy(engine::close).isInstanceOf(WorkerFailure.class).hasMessage("odd");
  }

  private static int exchangeBlocks() {
    return SparkEnv.get()
        .blockManager()
        .getMatchingBlockIds(new ExchangeBlocks.IsExchanged())
        .size();
  }

  private float[] train(
      int count, int replicas, OptionalDouble maxNorm, Recorder recorder, long steps) {
    try (BigDlEngine<QuadraticWorker> engine = engine(count, replicas, maxNorm, -1)) {
      engine.run(start(), 0, steps, recorder);
      return engine.weights();
    }
  }

  private BigDlEngine<QuadraticWorker> engine(
      int count, int replicas, OptionalDouble maxNorm, long failAtStep) {
    return new BigDlEngine<>(
        spark, options(count, replicas, maxNorm), workers.factory(5, failAtStep));
  }

  private static EngineOptions options(int count, int replicas, OptionalDouble maxNorm) {
    return new EngineOptions(count, replicas, SIZE, 5, "none", maxNorm);
  }

  private static float[] start() {
    float[] weights = new float[SIZE];
    java.util.Arrays.fill(weights, 10f);
    return weights;
  }
}
