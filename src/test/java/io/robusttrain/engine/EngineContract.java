package io.robusttrain.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.oracle.Rounding;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every engine on Spark promises, against closed forms: the mean gradient, the slices, the
 * order of events, how it fails, and that nothing is left behind.
 */
public abstract class EngineContract {
  /**
   * Of a weight after five steps: the mean of the gradients, its product with the rate and the
   * difference round in each, of values up to 10. A norm of five such elements is wrong by no more
   * than their sum, a sum of squares by twice the value for each.
   */
  protected static final double ROUNDING = 5 * 3 * Rounding.UNIT * 10;

  /** Elements of the flat vector, of which five are parameters. */
  protected static final int SIZE = 7;

  protected static SparkContext spark;

  protected final QuadraticWorkers workers = new QuadraticWorkers();

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

  /**
   * An engine of so many workers and replicas of {@link #SIZE} elements, five of them parameters.
   */
  protected abstract TrainingEngine<QuadraticWorker> engine(
      int count, int replicas, OptionalDouble maxNorm, WorkerFactory<QuadraticWorker> factory);

  /** That the engine has left nothing in this process but its workers. */
  protected abstract void assertNothingLeft();

  protected final TrainingEngine<QuadraticWorker> engine(
      int count, int replicas, OptionalDouble maxNorm, long failAtStep) {
    return engine(count, replicas, maxNorm, workers.factory(5, failAtStep));
  }

  protected static float[] start() {
    float[] weights = new float[SIZE];
    Arrays.fill(weights, 10f);
    return weights;
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
    assertThat(recorder.reports).extracting(StepReport::step).containsExactly(0L, 1L, 2L, 3L, 4L);
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
  void takesEveryLegFromTheWeightsThatItIsGiven() {
    try (TrainingEngine<QuadraticWorker> engine = engine(2, 1, OptionalDouble.empty(), -1)) {
      engine.run(start(), 0, 2, new Recorder());
      float[] after = engine.weights();
      engine.run(new float[SIZE], 2, 4, new Recorder());
      float[] others = engine.weights();
      engine.run(start(), 0, 2, new Recorder());
      assertThat(engine.weights()).isEqualTo(after).isNotEqualTo(others);
    }
  }

  @Test
  @Timeout(60)
  void failsWithTheFirstExceptionOfTheWorker() {
    try (TrainingEngine<QuadraticWorker> engine = engine(2, 1, OptionalDouble.empty(), 3)) {
      assertThatThrownBy(() -> engine.run(start(), 0, 5, new Recorder()))
          .isInstanceOf(WorkerFailure.class)
          .hasMessage("loss is not finite in step 3")
          .hasCauseInstanceOf(ArithmeticException.class);
    }
  }

  @Test
  void handsOnWhatTheObserverThrows() {
    try (TrainingEngine<QuadraticWorker> engine = engine(1, 1, OptionalDouble.empty(), -1)) {
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
  @Timeout(60)
  void endsEarlyWhereTheObserverWantsIt() {
    try (TrainingEngine<QuadraticWorker> engine = engine(2, 1, OptionalDouble.empty(), -1)) {
      Recorder recorder =
          new Recorder() {
            @Override
            public boolean wantsEnd() {
              return reports.size() >= 2;
            }
          };
      engine.run(start(), 0, 1000, recorder);
      assertThat(recorder.reports).hasSizeBetween(2, 3);
    }
  }

  @Test
  void leavesNothingBehindHoweverOftenEnginesFollowEachOther() {
    for (int generation = 0; generation < 10; generation++) {
      TrainingEngine<QuadraticWorker> engine =
          engine(2, 1, OptionalDouble.empty(), generation % 2 == 0 ? 3 : -1);
      if (generation % 2 == 0) {
        // Abandoned, as after a loss: the next engine closes its workers.
        assertThatThrownBy(() -> engine.run(start(), 0, 5, new Recorder()));
      } else {
        engine.run(start(), 0, 5, new Recorder());
        engine.close();
        assertThat(workers.alive()).as("workers alive").isZero();
        assertNothingLeft();
      }
    }
  }

  @Test
  void whatIsAbandonedEndsAsAnOutage() {
    TrainingEngine<QuadraticWorker> engine = engine(1, 1, OptionalDouble.empty(), -1);
    engine.abandon("nothing moved");
    EngineOutage outage =
        catchThrowableOfType(EngineOutage.class, () -> engine.run(start(), 0, 5, new Recorder()));
    assertThat(outage).hasMessage("nothing moved");
    assertThat(outage.kind()).isEqualTo(EngineOutage.Kind.STALLED);
    engine.close();
  }

  @Test
  void aWorkerThatCannotBeClosedIsAFailure() {
    TrainingEngine<QuadraticWorker> engine = engine(1, 1, OptionalDouble.empty(), -1);
    engine.run(start(), 0, 1, new Recorder());
    workers.onClose(
        () -> {
          throw new ArithmeticException("odd");
        });
    assertThatThrownBy(engine::close).isInstanceOf(WorkerFailure.class).hasMessage("odd");
  }

  @Test
  void refusesAVectorOfAnotherSize() {
    try (TrainingEngine<QuadraticWorker> engine = engine(1, 1, OptionalDouble.empty(), -1)) {
      assertThatThrownBy(() -> engine.run(new float[3], 0, 5, new Recorder()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the flat vector has 3 elements, expected 7");
    }
  }

  protected final float[] train(
      int count, int replicas, OptionalDouble maxNorm, Recorder recorder, long steps) {
    try (TrainingEngine<QuadraticWorker> engine = engine(count, replicas, maxNorm, -1)) {
      engine.run(start(), 0, steps, recorder);
      List<Integer> indices = engine.onEveryWorker((worker, place) -> place.index());
      assertThat(indices).hasSize(count).isSorted();
      return engine.weights();
    }
  }
}
