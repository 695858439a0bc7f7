package io.robusttrain.bigdl;

import io.robusttrain.engine.WorkerFactory;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/**
 * What one test knows of its workers. Spark copies a factory to where its workers are made; in this
 * process each copy finds the test that it came from, and no other.
 */
final class QuadraticWorkers {
  private static final Map<String, QuadraticWorkers> TESTS = new ConcurrentHashMap<>();

  private final String test = UUID.randomUUID().toString();
  private final AtomicInteger alive = new AtomicInteger();
  private final Map<Long, Integer> arrived = new ConcurrentHashMap<>();
  private volatile LongConsumer afterExchange = step -> {};
  private volatile Runnable onClose = () -> {};

  QuadraticWorkers() {
    TESTS.put(test, this);
  }

  /** A factory of workers of this test. */
  WorkerFactory<QuadraticWorker> factory(int parameterCount, long failAtStep) {
    String id = test;
    return place -> new QuadraticWorker(TESTS.get(id), place, parameterCount, failAtStep);
  }

  /** From now on this happens once a step, when every worker has put its gradients. */
  void afterExchange(LongConsumer happening) {
    afterExchange = happening;
  }

  /** From now on this happens when a worker is closed. */
  void onClose(Runnable happening) {
    onClose = happening;
  }

  /** How many are not closed. */
  int alive() {
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
