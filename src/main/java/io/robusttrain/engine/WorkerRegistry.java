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
  private static final Map<Key, Place> WORKERS = new ConcurrentHashMap<>();

  private WorkerRegistry() {}

  /** The worker of a run at a place, created when it is asked for first. */
  public static Worker get(String run, WorkerPlace place, WorkerFactory<?> factory) {
    return WORKERS.computeIfAbsent(
            new Key(run, place.index()),
            key -> new Place(factory.create(place), new StepGate(place.replicas())))
        .worker;
  }

  /**
   * The worker of a run that exists already.
   *
   * @throws IllegalStateException if this process has none: it was lost with its executor
   */
  public static Worker existing(String run, int index) {
    return open(run, index).worker;
  }

  /**
   * Runs a task on the worker of a run at a place.
   *
   * @param <W> what the run's factory creates
   * @throws IllegalStateException if this process has no such worker
   */
  @SuppressWarnings("unchecked") // only a run's engine knows its id, and has the factory's W
  public static <W extends Worker, R> R run(String run, WorkerPlace place, WorkerTask<W, R> task)
      throws Exception {
    return task.run((W) existing(run, place.index()), place);
  }

  private static Place open(String run, int index) {
    Place place = WORKERS.get(new Key(run, index));
    if (place == null || place.closing) {
      throw new IllegalStateException(
          "worker %d of run %s is not in this process: its executor was lost; resume the run from its newest checkpoint"
              .formatted(index, run));
    }
    return place;
  }

  /**
   * What sees to it that a worker does every step once.
   *
   * @throws IllegalStateException if this process has no such worker
   */
  public static StepGate gate(String run, int index) {
    return open(run, index).gate;
  }

  /**
   * Takes a worker's memory into use until it is given back. Whoever had it before is asked to stop
   * and waited for.
   *
   * @param stop asks for an early end, from any thread; the worker is not closed before the loan is
   * @throws IllegalStateException if this process has no such worker
   */
  public static Loan lend(String run, int index, Runnable stop) throws InterruptedException {
    return open(run, index).lend(stop);
  }

  /** The use of a worker's memory by an engine. */
  public interface Loan extends AutoCloseable {
    @Override
    void close();
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

  /**
   * Closes a worker, if it is here. Returns when its native code has been left, also where another
   * thread is closing it already.
   */
  public static void close(String run, int index) {
    Key key = new Key(run, index);
    Place place = WORKERS.get(key);
    if (place != null) {
      try {
        place.close();
      } finally {
        WORKERS.remove(key, place);
      }
    }
  }

  /** A worker and what goes with it. It is closed once, however many tasks want it closed. */
  private static final class Place {
    private final Worker worker;
    private final StepGate gate;
    private final Map<Loan, Runnable> loans = new ConcurrentHashMap<>();
    private volatile boolean closing;

    Place(Worker worker, StepGate gate) {
      this.worker = worker;
      this.gate = gate;
    }

    Loan lend(Runnable stop) throws InterruptedException {
      synchronized (loans) {
        loans.values().forEach(Runnable::run);
        while (!loans.isEmpty()) {
          loans.wait();
        }
        if (closing) {
          throw new IllegalStateException("the worker was closed before it could begin a step");
        }
        Loan[] own = new Loan[1];
        own[0] = () -> giveBack(own[0]);
        loans.put(own[0], stop);
        return own[0];
      }
    }

    private void giveBack(Loan loan) {
      synchronized (loans) {
        loans.remove(loan);
        loans.notifyAll();
      }
    }

    synchronized void close() {
      if (!closing) {
        closing = true;
        awaitLoans();
        worker.close();
      }
    }

    /** An interrupt does not end the wait: what is lent is freed afterwards. */
    private void awaitLoans() {
      boolean interrupted = false;
      synchronized (loans) {
        loans.values().forEach(Runnable::run);
        while (!loans.isEmpty()) {
          try {
            loans.wait();
          } catch (InterruptedException later) {
            interrupted = true;
          }
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private record Key(String run, int index) {}
}
