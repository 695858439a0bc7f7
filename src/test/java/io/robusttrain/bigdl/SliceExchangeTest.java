package io.robusttrain.bigdl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.cluster.ExchangeFailure;
import io.robusttrain.engine.FloatSlice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two workers of one process exchange by hand: what is not of the step is not used. */
@Tag("slow")
class SliceExchangeTest {
  private static final int SIZE = 5;
  private static SparkContext spark;

  @BeforeAll
  static void startSpark() {
    spark =
        new SparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("exchange")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @AfterEach
  void clear() {
    SliceExchange.endAll();
  }

  @Test
  void eachWorkerGetsTheMeanOfItsSliceAndAllWeightsOfTheNextStep() throws Exception {
    List<SliceExchange> workers = begin("whole", 4);
    put(workers.get(0), 4, 1);
    put(workers.get(1), 4, 2);
    for (SliceExchange worker : workers) {
      worker.sumGradients(4, 2);
      FloatSlice weights = FloatTypes.slice(worker.weights());
      FloatSlice gradients = FloatTypes.slice(worker.gradients());
      assertThat(gradients.copy()).containsOnly(1.5f).hasSize(weights.length());
      Arrays.fill(weights.array(), weights.length());
      worker.sendWeights(4);
    }
    float[] gathered = new float[SIZE];
    for (var weights : workers.get(0).gatherWeights(5, FloatSlice.of(gathered))) {
      weights.get();
    }
    assertThat(gathered).containsExactly(3, 3, 3, 2, 2);
  }

  @Test
  void aGradientWhosePutFailedIsNotReplacedByThatOfTheStepBefore() {
    List<SliceExchange> workers = begin("failed-put", 4);
    workers.forEach(worker -> put(worker, 4, 1));
    workers.get(0).sumGradients(4, 2);

    put(workers.get(0), 5, 1);
    // An array that ends early: slice 0 has its two elements less, slice 1 cannot be copied.
    FloatSlice broken = new FloatSlice(new float[2], 0, SIZE);
    assertThatThrownBy(() -> workers.get(1).putGradients(5, broken))
        .isInstanceOf(ExchangeFailure.class)
        .hasMessageContaining("gradients of worker 1 were not put");
    assertThatThrownBy(() -> workers.get(0).sumGradients(5, 2))
        .isInstanceOf(ExchangeFailure.class)
        .hasMessage("gradient block of worker 1 for slice 0 was not written to its end in step 5");
  }

  @Test
  void aGradientThatNobodyPutIsNotReplacedByThatOfTheStepBefore() {
    List<SliceExchange> workers = begin("no-put", 4);
    workers.forEach(worker -> put(worker, 4, 1));
    put(workers.get(0), 5, 1);
    assertThatThrownBy(() -> workers.get(0).sumGradients(5, 2))
        .isInstanceOf(ExchangeFailure.class)
        .hasMessage("gradient block of worker 1 for slice 0 is still that of step 4 in step 5");
  }

  @Test
  void weightsOfTheStepBeforeAreRefused() {
    List<SliceExchange> workers = begin("old-weights", 4);
    workers.get(0).sendWeights(4);
    List<Throwable> failures = new ArrayList<>();
    for (var weights : workers.get(0).gatherWeights(5, FloatSlice.of(new float[SIZE]))) {
      try {
        weights.get();
      } catch (ExecutionException failed) {
        failures.add(failed.getCause());
      } catch (InterruptedException stopped) {
        throw new AssertionError(stopped);
      }
    }
    assertThat(failures).hasSize(1);
    assertThat(failures.get(0))
        .isInstanceOf(ExchangeFailure.class)
        .hasMessage("weight block of worker 1 is still that of step 4 in step 5");
  }

  @Test
  void aWorkerBeginsALegOnce() {
    ExchangePlan plan = plan("once", 4);
    BlockManager manager = SparkEnv.get().blockManager();
    FloatSlice vector = FloatSlice.of(new float[SIZE]);
    SliceExchange.begin(plan, 0, manager, vector);
    // The task that caches the models may be repeated.
    SliceExchange.begin(plan, 0, manager, vector);
    SliceExchange.of(plan, 0).sendWeights(4);
    assertThatThrownBy(() -> SliceExchange.begin(plan, 0, manager, vector))
        .isInstanceOf(ExchangeFailure.class)
        .hasMessageStartingWith(
            "the model of worker 0 was dropped from Spark's storage memory before step 5");
  }

  private static ExchangePlan plan(String name, long firstStep) {
    return new ExchangePlan(
        name,
        SIZE,
        WireFormat.FLOAT32,
        firstStep,
        Collections.nCopies(2, SparkEnv.get().blockManager().blockManagerId()));
  }

  private static List<SliceExchange> begin(String name, long firstStep) {
    ExchangePlan plan = plan(name, firstStep);
    List<SliceExchange> workers = new ArrayList<>();
    for (int worker = 0; worker < 2; worker++) {
      SliceExchange.begin(
          plan, worker, SparkEnv.get().blockManager(), FloatSlice.of(new float[SIZE]));
      workers.add(SliceExchange.of(plan, worker));
    }
    return workers;
  }

  private static void put(SliceExchange worker, long step, float gradient) {
    float[] vector = new float[SIZE];
    Arrays.fill(vector, gradient);
    worker.putGradients(step, FloatSlice.of(vector));
  }
}
