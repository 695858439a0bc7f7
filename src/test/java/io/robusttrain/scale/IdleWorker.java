package io.robusttrain.scale;

import io.robusttrain.engine.FloatSlice;
import io.robusttrain.engine.Worker;
import io.robusttrain.engine.WorkerReport;
import io.robusttrain.engine.WorkerSlice;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.rpc.RpcAddress;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcTimeout;
import org.apache.spark.storage.BlockManagerMaster;
import scala.reflect.ClassTag;

/**
 * A worker that computes nothing, in a process of its own, which counts what that process reads and
 * how often it asks the driver where a block is.
 */
final class IdleWorker implements Worker {
  private static final AtomicLong LOOKUPS = new AtomicLong();

  private final long firstCounted;
  private final long lastCounted;
  private Counts first = Counts.NONE;
  private Counts last = Counts.NONE;
  private long loaded = -1;
  private long updated = -1;
  private WorkerSlice slice;

  /**
   * What a process has done.
   *
   * @param lookups questions after the place of a block
   * @param bytes read by all its system calls, from sockets first of all
   */
  record Counts(long lookups, long bytes) implements Serializable {
    static final Counts NONE = new Counts(0, 0);

    static Counts now() {
      try {
        for (String line : Files.readAllLines(Path.of("/proc/self/io"))) {
          if (line.startsWith("rchar:")) {
            return new Counts(LOOKUPS.get(), Long.parseLong(line.replaceAll("\\D", "")));
          }
        }
        throw new IllegalStateException("/proc/self/io has no line rchar");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    Counts minus(Counts before) {
      return new Counts(lookups - before.lookups, bytes - before.bytes);
    }
  }

  /** Counts from the beginning of one step to that of another. */
  IdleWorker(long firstCounted, long lastCounted) {
    this.firstCounted = firstCounted;
    this.lastCounted = lastCounted;
    BlockManagerMaster master = SparkEnv.get().blockManager().master();
    if (!(master.driverEndpoint() instanceof Counting)) {
      master.driverEndpoint_$eq(new Counting(SparkEnv.get().conf(), master.driverEndpoint()));
    }
  }

  /** What was done between the two steps. */
  Counts counted() {
    return last.minus(first);
  }

  @Override
  public void load(long step) {
    loaded = step;
    if (step == firstCounted) {
      first = Counts.now();
    } else if (step == lastCounted) {
      last = Counts.now();
    }
  }

  @Override
  public double compute(long step, int replica, FloatSlice weights, FloatSlice gradients) {
    return 0;
  }

  @Override
  public void update(long step, int sliceStart, FloatSlice weights, FloatSlice gradients) {
    updated = step;
    slice = new WorkerSlice(sliceStart, weights.copy());
  }

  @Override
  public double squaredGradientNorm(int sliceStart, FloatSlice gradients) {
    return 0;
  }

  @Override
  public WorkerSlice weights() {
    return slice;
  }

  @Override
  public WorkerReport takeReport() {
    return new WorkerReport(loaded, 1, 0, 0, 0, 0, 0, 0, updated, 1, 1, List.of(), List.of());
  }

  @Override
  public void close() {
    slice = null;
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
        LOOKUPS.incrementAndGet();
      }
      return asked.ask(message, timeout, answer);
    }
  }
}
