package io.robusttrain.bigdl;

import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockInfo;
import org.apache.spark.storage.BlockInfoManager;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.TestBlockId;
import scala.Option;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/**
 * The weights and gradients that BigDL keeps in Spark's block manager, two flat vectors for each
 * call of its optimiser, and never removes.
 */
final class ExchangeBlocks {
  /** How Spark names a thread that belongs to no task: BigDL's pools, which keep read locks. */
  private static final long NO_TASK = -1024;

  private ExchangeBlocks() {}

  /** Removes all of them from this process. No optimiser may be running. */
  static synchronized void clear() {
    BlockManager manager = SparkEnv.get().blockManager();
    Iterator<BlockId> blocks = manager.getMatchingBlockIds(new IsExchanged()).iterator();
    while (blocks.hasNext()) {
      BlockId block = blocks.next();
      if (unlock(manager.blockInfoManager(), block)) {
        manager.removeBlock(block, true);
      }
    }
  }

  /** Whether nobody holds the block any more; a task that does not end keeps it until later. */
  private static boolean unlock(BlockInfoManager infos, BlockId block) {
    Option<BlockInfo> info = infos.get(block);
    try {
      while (info.isDefined() && info.get().readerCount() > 0) {
        infos.unlock(block, Option.apply(NO_TASK));
      }
    } catch (AssertionError | RuntimeException heldByATask) {
      return false;
    }
    return info.isDefined() && info.get().writerTask() == BlockInfo.NO_WRITER();
  }

  /** BigDL names its blocks like those of Spark's tests. */
  static final class IsExchanged extends AbstractFunction1<BlockId, Object> {
    @Override
    public Object apply(BlockId block) {
      return block instanceof TestBlockId;
    }
  }
}
