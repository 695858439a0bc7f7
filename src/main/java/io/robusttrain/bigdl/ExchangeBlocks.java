package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.parameters.AllReduceParameter;
import io.robusttrain.cluster.ExchangeFailure;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockInfo;
import org.apache.spark.storage.BlockInfoManager;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.storage.TestBlockId;
import org.apache.spark.util.io.ChunkedByteBuffer;
import scala.Option;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/**
 * What a leg's exchange keeps in Spark's storage memory until the leg ends. Spark drops no block
 * that somebody reads, so they are pinned by a read lock that is held all the time.
 */
final class ExchangeBlocks {
  /** How Spark names a thread that belongs to no task and keeps its locks until it unlocks. */
  private static final long NO_TASK = -1024;

  private static final Set<BlockId> PINNED = ConcurrentHashMap.newKeySet();

  private ExchangeBlocks() {}

  /**
   * Lets the other processes fetch bytes, which may be written to meanwhile. The driver is not
   * told.
   *
   * @throws IllegalStateException if they do not fit into storage memory
   */
  static void offer(BlockManager manager, BlockId block, ByteBuffer bytes) {
    boolean stored =
        manager.putBytes(
            block,
            new ChunkedByteBuffer(bytes),
            StorageLevel.MEMORY_ONLY_SER(),
            false,
            FloatTypes.FLOAT);
    if (!stored || !pin(manager, block)) {
      throw tooSmall("a block of the exchange of %d bytes".formatted(bytes.remaining()));
    }
  }

  /**
   * Keeps a block of a cached RDD in memory until {@link #clear}.
   *
   * @throws IllegalStateException if it is not there: it did not fit
   */
  static void keep(BlockId block) {
    if (!pin(SparkEnv.get().blockManager(), block)) {
      throw tooSmall("what a worker keeps (%s)".formatted(block.name()));
    }
  }

  /**
   * Before a worker is placed in this process.
   *
   * @param bytes of storage memory that will be pinned here
   * @throws IllegalStateException if there are fewer
   */
  static void requireStorage(long bytes) {
    long available = SparkEnv.get().memoryManager().maxOnHeapStorageMemory();
    if (bytes > available) {
      throw tooSmall(
          "the exchange of gradients and weights, which needs %d MB of the %d MB that there are,"
              .formatted((bytes >> 20) + 1, available >> 20));
    }
  }

  private static IllegalStateException tooSmall(String what) {
    return new IllegalStateException(
        "%s does not fit into Spark's storage memory: raise spark.executor.memory (spark.driver.memory with a local master) or spark.memory.fraction"
            .formatted(what));
  }

  /** Whether the block is in memory, where it stays from now on. */
  private static boolean pin(BlockManager manager, BlockId block) {
    if (PINNED.contains(block) && manager.blockInfoManager().get(block).isDefined()) {
      return true;
    }
    try {
      // A task's locks end with it.
      boolean there =
          AllReduceParameter.computePool()
              .submit(() -> manager.blockInfoManager().lockForReading(block, true).isDefined())
              .get();
      if (there) {
        PINNED.add(block);
      }
      return there;
    } catch (ExecutionException failed) {
      throw new IllegalStateException("cannot keep " + block.name(), failed.getCause());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new ExchangeFailure("interrupted while blocks were offered", stopped);
    }
  }

  /** Lets Spark drop again what was kept. */
  static void unpin() {
    BlockInfoManager infos = SparkEnv.get().blockManager().blockInfoManager();
    for (BlockId block : Set.copyOf(PINNED)) {
      PINNED.remove(block);
      Option<BlockInfo> info = infos.get(block);
      if (info.isDefined() && info.get().readerCount() > 0) {
        infos.unlock(block, Option.apply(NO_TASK));
      }
    }
  }

  /** Removes all blocks of the exchange from this process. No optimiser may be running. */
  static synchronized void clear() {
    unpin();
    BlockManager manager = SparkEnv.get().blockManager();
    Iterator<BlockId> blocks = manager.getMatchingBlockIds(new IsExchanged()).iterator();
    while (blocks.hasNext()) {
      BlockId block = blocks.next();
      if (isFree(manager.blockInfoManager().get(block))) {
        manager.removeBlock(block, true);
      }
    }
  }

  /** Whether nobody holds the block: a fetch that does not end keeps it until later. */
  private static boolean isFree(Option<BlockInfo> block) {
    return block.isDefined()
        && block.get().readerCount() == 0
        && block.get().writerTask() == BlockInfo.NO_WRITER();
  }

  /** The exchange's blocks are named like those of Spark's tests, which no job of Spark's makes. */
  static final class IsExchanged extends AbstractFunction1<BlockId, Object> {
    @Override
    public Object apply(BlockId block) {
      return block instanceof TestBlockId;
    }
  }
}
