package io.robusttrain.bigdl;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.engine.FloatSlice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkEnv$;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.storage.TestBlockId;
import org.apache.spark.util.io.ChunkedByteBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.Option;

/**
 * How often the executors ask the driver where a block is: executors' block managers of one
 * process, each with its own connections, exchange for some steps.
 */
@Tag("slow")
class ExchangeLookupsTest {
  private static final int MOST = 8;
  private static final int SIZE = 19;
  private static final List<SparkEnv> EXECUTORS = new ArrayList<>();
  private static SparkContext spark;

  @BeforeAll
  static void startExecutors() {
    spark =
        new SparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("lookups")
                .set("spark.testing.memory", Integer.toString(8 << 20))
                .set("spark.testing.reservedMemory", "0")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1"));
    SparkEnv driver = SparkEnv.get();
    for (int i = 0; i < MOST; i++) {
      SparkEnv executor =
          SparkEnv$.MODULE$.createExecutorEnv(
              spark.conf(), "executor-" + i, "127.0.0.1", "127.0.0.1", 1, Option.empty(), false);
      executor.blockManager().initialize(spark.applicationId());
      BlockLookups.countThoseOf(executor.blockManager().master(), spark.conf());
      EXECUTORS.add(executor);
    }
    SparkEnv.set(driver);
  }

  @AfterAll
  static void stopExecutors() {
    EXECUTORS.forEach(SparkEnv::stop);
    spark.stop();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void aStepAsksTheDriverForNothing(int workers) throws Exception {
    List<BlockManagerId> peers =
        EXECUTORS.subList(0, workers).stream()
            .map(executor -> executor.blockManager().blockManagerId())
            .toList();
    ExchangePlan plan = new ExchangePlan("lookups-" + workers, SIZE, WireFormat.FLOAT32, 0, peers);
    List<SliceExchange> slices = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      slices.add(
          new SliceExchange(
              plan, worker, EXECUTORS.get(worker).blockManager(), FloatSlice.of(new float[SIZE])));
    }
    BlockLookups.reset();
    for (int step = 0; step < 3; step++) {
      step(slices, step);
    }
    assertThat(BlockLookups.count()).isZero();
  }

  /**
   * Spark drops what was not used for longest when others want its memory, of which it has 5 MB.
   */
  @Test
  void blocksStayThoughOthersWantTheMemory() throws Exception {
    List<BlockManager> managers =
        EXECUTORS.subList(0, 2).stream().map(SparkEnv::blockManager).toList();
    ExchangePlan plan =
        new ExchangePlan(
            "crowded",
            SIZE,
            WireFormat.FLOAT32,
            0,
            managers.stream().map(BlockManager::blockManagerId).toList());
    List<SliceExchange> slices = new ArrayList<>();
    for (int worker = 0; worker < 2; worker++) {
      slices.add(
          new SliceExchange(plan, worker, managers.get(worker), FloatSlice.of(new float[SIZE])));
    }
    step(slices, 0);
    for (int executor = 0; executor < 2; executor++) {
      for (int block = 0; block < 20; block++) {
        put(executor, crowd(executor, block), 400_000);
      }
      assertThat(managers.get(executor).getStatus(crowd(executor, 0)).isDefined())
          .as("Spark dropped the first of them")
          .isFalse();
    }
    step(slices, 1);
  }

  private static BlockId crowd(int executor, int block) {
    return new TestBlockId("crowd-%d-%d".formatted(executor, block));
  }

  /** What BigDL's own exchange does: the same blocks, found by their names. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void byNameEachBlockOfAnotherWorkerIsALookup(int workers) {
    for (int from = 0; from < workers; from++) {
      for (int to = 0; to < workers; to++) {
        put(from, gradients(workers, from, to), 8);
      }
      put(from, weights(workers, from), 8);
    }
    BlockLookups.reset();
    for (int worker = 0; worker < workers; worker++) {
      BlockManager manager = EXECUTORS.get(worker).blockManager();
      for (int other = 0; other < workers; other++) {
        if (other != worker) {
          assertThat(manager.getRemoteBytes(gradients(workers, other, worker)).isDefined())
              .isTrue();
          assertThat(manager.getRemoteBytes(weights(workers, other)).isDefined()).isTrue();
        }
      }
    }
    assertThat(BlockLookups.count()).isEqualTo(2L * workers * (workers - 1));
  }

  private static void step(List<SliceExchange> slices, int step) throws Exception {
    for (int worker = 0; worker < slices.size(); worker++) {
      float[] vector = new float[SIZE];
      for (Future<Object> weights : slices.get(worker).gatherWeights(step, FloatSlice.of(vector))) {
        weights.get();
      }
      float[] expected = new float[SIZE];
      Arrays.fill(expected, step);
      assertThat(vector).containsExactly(expected);
      Arrays.fill(vector, worker + 1);
      slices.get(worker).putGradients(step, FloatSlice.of(vector));
    }
    float sum = slices.size() * (slices.size() + 1) / 2f;
    for (SliceExchange slice : slices) {
      slice.sumGradients(step, 1);
      assertThat(FloatTypes.slice(slice.gradients()).copy()).containsOnly(sum);
      Arrays.fill(FloatTypes.slice(slice.weights()).array(), step + 1f);
      slice.sendWeights(step);
    }
  }

  private static BlockId gradients(int workers, int from, int to) {
    return new TestBlockId("by-name-%d-gradients-%d-%d".formatted(workers, from, to));
  }

  private static BlockId weights(int workers, int of) {
    return new TestBlockId("by-name-%d-weights-%d".formatted(workers, of));
  }

  private static void put(int executor, BlockId block, int bytes) {
    assertThat(
            EXECUTORS
                .get(executor)
                .blockManager()
                .putBytes(
                    block,
                    new ChunkedByteBuffer(ByteBuffer.allocate(bytes)),
                    StorageLevel.MEMORY_ONLY_SER(),
                    true,
                    FloatTypes.FLOAT))
        .isTrue();
  }
}
