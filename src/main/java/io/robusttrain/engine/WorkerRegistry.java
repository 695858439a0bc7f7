package io.robusttrain.engine;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The workers alive in this process, by run and index. Spark gives tasks no memory of their own
 * between jobs; this is where a worker's native replicas, loaders and optimiser state stay.
 * Thread-safe.
 */
public final class WorkerRegistry {
  private static final Map<Key, Worker> WORKERS = new ConcurrentHashMap<>();

  private WorkerRegistry() {}

  /** The worker of a run at a place, created when it is asked for first. */
  public static Worker get(String run, WorkerPlace place, WorkerFactory factory) {
    return WORKERS.computeIfAbsent(new Key(run, place.index()), key -> factory.create(place));
  }

  /**
   * The worker of a run that exists already.
   *
   * @throws IllegalStateException if this process has none: it was lost with its executor
   */
  public static Worker existing(String run, int index) {
    Worker worker = WORKERS.get(new Key(run, index));
    if (worker == null) {
      throw new IllegalStateException(
          "worker %d of run %s is not in this process: its executor was lost; resume the run from its newest checkpoint"
              .formatted(index, run));
    }
    return worker;
  }

  /**
   * Closes all workers of other runs: an engine that could not reach this process has left them.
   * Returns when their native code has been left.
   */
  public static void closeOthers(String run) {
    for (Key key : Set.copyOf(WORKERS.keySet())) {
      if (!key.run().equals(run)) {
        close(key.run(), key.index());
      }
    }
  }

  /** Closes a worker, if it is here. */
  public static void close(String run, int index) {
    Worker worker = WORKERS.remove(new Key(run, index));
    if (worker != null) {
      worker.close();
    }
  }

  private record Key(String run, int index) {}
}
