package io.robusttrain.engine;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/**
 * What one test knows of its workers. Spark copies a factory to where its workers are made; in this
 * process each copy finds the test that it came from, and no other.
 */
public final class QuadraticWorkers {
  private static final Map<String, QuadraticWorkers> TESTS = new ConcurrentHashMap<>();

  private final String test = UUID.randomUUID().toString();
  private final AtomicInteger alive = new AtomicInteger();
  private final Map<Long, Integer> arrived = new ConcurrentHashMap<>();
  private volatile LongConsumer afterExchange = step -> {};
  private volatile Runnable onClose = () -> {};
  private volatile Loading onLoad = (worker, step) -> {};

  /** What happens when a worker loads a step. */
  @FunctionalInterface
  public interface Loading {
    void load(int worker, long step) throws InterruptedException;
  }

  /** Workers of a new test. */
  public QuadraticWorkers() {
    TESTS.put(test, this);
  }

  /** A factory of workers of this test. */
  public WorkerFactory<QuadraticWorker> factory(int parameterCount, long failAtStep) {
    String id = test;
    return place -> new QuadraticWorker(TESTS.get(id), place, parameterCount, failAtStep);
  }

  /** From now on this happens once a step, when every worker has put its gradients. */
  public void afterExchange(LongConsumer happening) {
    afterExchange = happening;
  }

  /** From now on this happens when a worker is closed. */
  public void onClose(Runnable happening) {
    onClose = happening;
  }

  /** From now on this happens when a worker loads a step. */
  public void onLoad(Loading happening) {
    onLoad = happening;
  }

  void loaded(int worker, long step) {
    try {
      onLoad.load(worker, step);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while step " + step + " was loaded", stopped);
    }
  }

  /** How many are not closed. */
  public int alive() {
    return alive.get();
  }

  void opened() {
    alive.incrementAndGet();
  }

  void closed() {
    alive.decrementAndGet();
    onClose.run();
  }

  /** One of {@code count} workers has put its gradients; the last one makes it happen. */
  void exchanged(long step, int count) {
    if (arrived.merge(step, 1, Integer::sum) == count) {
      afterExchange.accept(step);
    }
  }
}
