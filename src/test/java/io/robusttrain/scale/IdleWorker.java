package io.robusttrain.scale;

import io.robusttrain.bigdl.BlockLookups;
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
import org.apache.spark.SparkEnv;

/**
 * A worker that computes nothing, in a process of its own, which counts what that process reads and
 * how often it asks the driver where a block is.
 */
final class IdleWorker implements Worker {
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
            return new Counts(BlockLookups.count(), Long.parseLong(line.replaceAll("\\D", "")));
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
    BlockLookups.countThoseOf(SparkEnv.get().blockManager().master(), SparkEnv.get().conf());
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
}
