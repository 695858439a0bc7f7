package io.robusttrain.bigdl;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkConf;
import org.apache.spark.rpc.RpcAddress;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcTimeout;
import org.apache.spark.storage.BlockManagerMaster;
import scala.reflect.ClassTag;

/** How often the block managers of this process ask the driver where a block is. */
public final class BlockLookups {
  private static final AtomicLong COUNT = new AtomicLong();

  private BlockLookups() {}

  /** From now on the questions of a block manager are counted. */
  public static void countThoseOf(BlockManagerMaster master, SparkConf conf) {
    if (!(master.driverEndpoint() instanceof Counting)) {
      master.driverEndpoint_$eq(new Counting(conf, master.driverEndpoint()));
    }
  }

  /** Questions since the last {@link #reset}. */
  public static long count() {
    return COUNT.get();
  }

  static void reset() {
    COUNT.set(0);
  }

  /** Counts questions after the place of a block, and hands all on. */
  private static final class Counting extends RpcEndpointRef {
    private static final long serialVersionUID = 1L;

    private final RpcEndpointRef asked;

    Counting(SparkConf conf, RpcEndpointRef asked) {
      super(conf);
      this.asked = asked;
    }

    @Override
    public RpcAddress address() {
      return asked.address();
    }

    @Override
    public String name() {
      return asked.name();
    }

    @Override
    public void send(Object message) {
      asked.send(message);
    }

    @Override
    public <T> scala.concurrent.Future<T> ask(
        Object message, RpcTimeout timeout, ClassTag<T> answer) {
      if (message.getClass().getSimpleName().startsWith("GetLocations")) {
        COUNT.incrementAndGet();
      }
      return asked.ask(message, timeout, answer);
    }
  }
}
