package io.robusttrain.engine;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The workers alive in this process, by run and index. Spark gives tasks no memory of their own
 * between jobs; this is where a worker's native replicas, loaders and optimiser state stay.
 * Thread-safe.
 */
public final class WorkerRegistry {
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final Map<Key, Worker> WORKERS = new ConcurrentHashMap<>();

  private static final Map<Key, StepGate> GATES = new ConcurrentHashMap<>();
  private static final Set<Key> CLOSING = ConcurrentHashMap.newKeySet();

  private WorkerRegistry() {}

  /** The worker of a run at a place, created when it is asked for first. */
  public static Worker get(String run, WorkerPlace place, WorkerFactory factory) {
    GATES.computeIfAbsent(new Key(run, place.index()), key -> new StepGate(place.replicas()));
    return WORKERS.computeIfAbsent(new Key(run, place.index()), key -> factory.create(place));
  }

  /**
   * The worker of a run that exists already.
   *
   * @throws IllegalStateException if this process has none: it was lost with its executor
   */
  public static Worker existing(String run, int index) {
    Worker worker = WORKERS.get(new Key(run, index));
    if (worker == null || CLOSING.contains(new Key(run, index))) {
      throw new IllegalStateException(
          "worker %d of run %s is not in this process: its executor was lost; resume the run from its newest checkpoint"
              .formatted(index, run));
    }
    return worker;
  }

  /**
   * What sees to it that a worker does every step once.
   *
   * @throws IllegalStateException if this process has no such worker
   */
  public static StepGate gate(String run, int index) {
    existing(run, index);
    return GATES.get(new Key(run, index));
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

  /**
   * Waits until no worker is left in this process.
   *
   * @return whether none is left
   */
  public static boolean awaitEmpty(Duration longest) throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    while (!WORKERS.isEmpty()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(LOOK.toMillis());
    }
    return true;
  }

  /** Closes a worker, if it is here. */
  public static void close(String run, int index) {
    Key key = new Key(run, index);
    Worker worker = WORKERS.get(key);
    if (worker != null && CLOSING.add(key)) {
      try {
        worker.close();
      } finally {
        WORKERS.remove(key);
        GATES.remove(key);
        CLOSING.remove(key);
      }
    }
  }

  private record Key(String run, int index) {}
}
