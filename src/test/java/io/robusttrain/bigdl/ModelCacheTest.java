package io.robusttrain.bigdl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.QuadraticWorker;
import io.robusttrain.engine.QuadraticWorkers;
import io.robusttrain.engine.Recorder;
import io.robusttrain.engine.WorkerFailure;
import io.robusttrain.oracle.Rounding;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.OptionalDouble;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.RDDBlockId;
import org.apache.spark.storage.StorageLevel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What BigDL caches lies in Spark's storage memory, from which Spark drops what was not used for
 * longest when others want it: here there are 5 MB.
 */
@Tag("slow")
class ModelCacheTest {
  private static final int SIZE = 50_000;
  private static final int STEPS = 5;

  /** As in {@link BigDlEngineTest}. */
  private static final double ROUNDING = STEPS * 3 * Rounding.UNIT * 10;

  private static SparkContext spark;

  private final QuadraticWorkers workers = new QuadraticWorkers();

  @BeforeAll
  static void startSpark() {
    spark =
        new SparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("storage")
                .set("spark.testing.memory", Integer.toString(8 << 20))
                .set("spark.testing.reservedMemory", "0")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @Test
  void staysThoughOthersWantTheMemory() {
    Recorder crowded =
        new Recorder() {
          @Override
          public void onPause(long completedSteps) {
            super.onPause(completedSteps);
            crowd();
          }
        };
    try (BigDlEngine<QuadraticWorker> engine = engine(SIZE)) {
      engine.run(start(SIZE), 0, STEPS, crowded);
      assertTrained(engine.weights());
    }
    assertThat(crowded.events).contains("pause 2");
  }

  /** Twenty blocks of 400 kB: Spark keeps the last ones and drops all else that it can. */
  private static void crowd() {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark);
    JavaRDD<byte[]> others =
        context.parallelize(Collections.nCopies(20, 400_000), 20).map(length -> new byte[length]);
    others.persist(StorageLevel.MEMORY_ONLY());
    assertThat(others.count()).isEqualTo(20);
    others.unpersist(true);
  }

  @Test
  void isNotMadeAnewWhenItWasDropped() {
    Recorder dropping =
        new Recorder() {
          @Override
          public void onPause(long completedSteps) {
            super.onPause(completedSteps);
            if (completedSteps == 2) {
              drop(1);
            }
          }
        };
    float[] weights = start(SIZE);
    BigDlEngine<QuadraticWorker> engine = engine(SIZE);
    assertThatThrownBy(() -> engine.run(weights, 0, STEPS, dropping))
        .isInstanceOf(EngineOutage.class)
        .hasMessage(
            "the exchange between executors failed: the model of worker 1 was dropped from Spark's storage memory in step 2: raise spark.executor.memory (spark.driver.memory with a local master)");
    engine.close();

    try (BigDlEngine<QuadraticWorker> next = engine(SIZE)) {
      next.run(weights, 0, STEPS, new Recorder());
      assertTrained(next.weights());
    }
  }

  private static void drop(int worker) {
    int models =
        JavaSparkContext.fromSparkContext(spark).getPersistentRDDs().entrySet().stream()
            .filter(cached -> "Thread Model RDD".equals(cached.getValue().name()))
            .mapToInt(Map.Entry::getKey)
            .max()
            .getAsInt();
    BlockManager manager = SparkEnv.get().blockManager();
    ExchangeBlocks.unpin();
    manager.removeBlock(new RDDBlockId(models, worker), true);
  }

  @Test
  void aRunThatNeedsMoreThanThereIsDoesNotBegin() {
    assertThatThrownBy(() -> engine(500_000))
        .isInstanceOf(WorkerFailure.class)
        .hasMessage(
            "the exchange of gradients and weights, which needs 14 MB of the 4 MB that there are, does not fit into Spark's storage memory: raise spark.executor.memory (spark.driver.memory with a local master) or spark.memory.fraction");
  }

  private static void assertTrained(float[] weights) {
    double expected = 0.5 + 9.5 * Math.pow(1 - QuadraticWorker.RATE, STEPS);
    for (float weight : weights) {
      assertThat((double) weight).isCloseTo(expected, within(ROUNDING));
    }
  }

  private BigDlEngine<QuadraticWorker> engine(int size) {
    return new BigDlEngine<>(
        spark,
        new EngineOptions(2, 1, size, size, "none", OptionalDouble.empty()),
        workers.factory(size, -1));
  }

  private static float[] start(int size) {
    float[] weights = new float[size];
    Arrays.fill(weights, 10f);
    return weights;
  }
}
