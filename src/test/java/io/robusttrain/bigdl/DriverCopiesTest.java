package io.robusttrain.bigdl;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.engine.QuadraticWorker;
import io.robusttrain.engine.QuadraticWorkers;
import io.robusttrain.engine.WorkerSlice;
import io.robusttrain.waiting.Waiting;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockStatus;
import org.apache.spark.storage.BroadcastBlockId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/** What stays on the driver of what it sends to workers and gathers from them. */
@Tag("slow")
class DriverCopiesTest {
  /** Elements of a vector that is larger than anything else that is broadcast: 8 MB. */
  private static final int SHARED = 2 << 20;

  private static SparkContext spark;

  private final QuadraticWorkers workers = new QuadraticWorkers();

  @BeforeAll
  static void startSpark() {
    spark =
        new SparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("copies")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  /** Else two vectors for each validation stay until the garbage collector happens to look. */
  @Test
  void nothingStaysOfWhatWasSharedWithAllWorkers() throws Exception {
    try (BigDlEngine<QuadraticWorker> engine = engine()) {
      List<Long> sizes =
          engine.onEveryWorker(
              new float[SHARED], (vector, worker, place) -> vector.length + largeBroadcasts());
      assertThat(sizes).hasSize(2).allSatisfy(size -> assertThat(size).isGreaterThan(SHARED));
      Waiting.until("removal of what was broadcast", () -> largeBroadcasts() == 0);
    }
  }

  @Test
  void eachAnswerIsGivenAwayOnce() {
    try (BigDlEngine<QuadraticWorker> engine = engine()) {
      List<Integer> indices = new ArrayList<>();
      engine.gather((worker, place) -> place.index(), indices::add);
      assertThat(indices).containsExactlyInAnyOrder(0, 1);
      float[] flat = new float[5];
      engine.gather(
          (worker, place) ->
              new WorkerSlice(place.sliceStart(5), new float[] {place.index() + 1f, 7}),
          slice -> slice.copyInto(flat));
      assertThat(flat).containsExactly(1, 7, 0, 2, 7);
    }
  }

  /** Broadcast blocks of more than a megabyte in this process's block manager. */
  private static long largeBroadcasts() {
    BlockManager manager = SparkEnv.get().blockManager();
    Iterator<BlockId> blocks = manager.getMatchingBlockIds(new IsBroadcast()).iterator();
    long large = 0;
    while (blocks.hasNext()) {
      scala.Option<BlockStatus> status = manager.getStatus(blocks.next());
      if (status.isDefined() && status.get().memSize() > 1 << 20) {
        large++;
      }
    }
    return large;
  }

  private static final class IsBroadcast extends AbstractFunction1<BlockId, Object> {
    @Override
    public Object apply(BlockId block) {
      return block instanceof BroadcastBlockId;
    }
  }

  private BigDlEngine<QuadraticWorker> engine() {
    return new BigDlEngine<>(
        spark,
        new EngineOptions(2, 1, 7, 5, "none", OptionalDouble.empty()),
        workers.factory(5, -1));
  }
}
