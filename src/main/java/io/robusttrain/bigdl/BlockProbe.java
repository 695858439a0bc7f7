package io.robusttrain.bigdl;

import java.nio.ByteBuffer;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManagerWrapper$;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.storage.TestBlockId;
import scala.Option;

/**
 * Sends bytes between processes on the way that gradients and weights take: through Spark's block
 * managers, by the calls that BigDL's exchange makes. Stateless and thread-safe.
 */
public final class BlockProbe {
  private BlockProbe() {}

  /** Offers bytes to the other processes; replaces those of the same name. */
  public static void put(String name, byte[] bytes) {
    BlockManagerWrapper$.MODULE$.putBytes(
        id(name), ByteBuffer.wrap(bytes), StorageLevel.MEMORY_ONLY_SER());
  }

  /**
   * Fetches what another process offers.
   *
   * @return how many bytes arrived
   * @throws IllegalStateException if nobody offers that name or its process cannot be reached
   */
  public static int fetch(String name) {
    Option<ByteBuffer> found = BlockManagerWrapper$.MODULE$.getLocalOrRemoteBytes(id(name));
    if (found.isEmpty()) {
      throw new IllegalStateException("the block " + name + " cannot be fetched");
    }
    return found.get().remaining();
  }

  /** Takes an offer back, from the driver, wherever it was made. */
  public static void remove(String name) {
    SparkEnv.get().blockManager().master().removeBlock(id(name));
  }

  private static BlockId id(String name) {
    return new TestBlockId(name);
  }
}
