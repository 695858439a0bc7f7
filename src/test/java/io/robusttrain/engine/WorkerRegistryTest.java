package io.robusttrain.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.waiting.Waiting;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Tasks that close a worker at the same time, as those of the next engine do. */
class WorkerRegistryTest {
  private static final WorkerPlace PLACE = new WorkerPlace(0, 1, 1);

  private final String run = UUID.randomUUID().toString();

  @Test
  void whoeverClosesAWorkerReturnsWhenItIsClosed() throws Exception {
    List<String> events = new CopyOnWriteArrayList<>();
    CountDownLatch closing = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    open(
        () -> {
          closing.countDown();
          await(mayEnd);
          events.add("closed");
        });
    Future<?> first = Waiting.start(() -> closeAnd(() -> events.add("first returns")));
    closing.await();
    assertThatThrownBy(() -> WorkerRegistry.existing(run, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is not in this process");
    AtomicInteger returned = new AtomicInteger();
    Thread second = new Thread(() -> closeAnd(returned::incrementAndGet));
    second.start();
    Waiting.until("second thread that waits", () -> second.getState() != Thread.State.RUNNABLE);
    assertThat(returned).hasValue(0);
    mayEnd.countDown();
    first.get();
    second.join();
    assertThat(events).containsExactly("closed", "first returns");
    assertThat(returned).hasValue(1);
  }

  @Test
  void aWorkerIsClosedOnceHoweverManyCloseIt() throws Exception {
    AtomicInteger closed = new AtomicInteger();
    int rounds = 2000;
    CyclicBarrier start = new CyclicBarrier(2, () -> open(closed::incrementAndGet));
    Future<?> other = Waiting.start(() -> closeInRounds(start, rounds));
    closeInRounds(start, rounds);
    other.get();
    assertThat(closed).hasValue(rounds);
  }

  @Test
  void whoeverHasAWorkersMemoryIsAskedToStopAndWaitedForBeforeItIsClosed() throws Exception {
    List<String> events = new CopyOnWriteArrayList<>();
    open(() -> events.add("closed"));
    CountDownLatch asked = new CountDownLatch(1);
    WorkerRegistry.Loan loan = WorkerRegistry.lend(run, 0, asked::countDown);
    Future<?> close = Waiting.start(() -> closeAnd(() -> events.add("close returns")));
    asked.await();
    assertThat(events).isEmpty();
    events.add("given back");
    loan.close();
    close.get();
    assertThat(events).containsExactly("given back", "closed", "close returns");
    assertThatThrownBy(() -> WorkerRegistry.lend(run, 0, () -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is not in this process");
  }

  @Test
  void aWorkersMemoryHasOneUserAtATime() throws Exception {
    open(() -> {});
    CountDownLatch asked = new CountDownLatch(1);
    WorkerRegistry.Loan first = WorkerRegistry.lend(run, 0, asked::countDown);
    Future<WorkerRegistry.Loan> second = Waiting.start(() -> WorkerRegistry.lend(run, 0, () -> {}));
    asked.await();
    assertThat(second.isDone()).isFalse();
    first.close();
    second.get().close();
    WorkerRegistry.close(run, 0);
  }

  private Void closeInRounds(CyclicBarrier start, int rounds) throws Exception {
    for (int round = 0; round < rounds; round++) {
      start.await();
      WorkerRegistry.close(run, 0);
    }
    return null;
  }

  private Void closeAnd(Runnable then) {
    WorkerRegistry.close(run, 0);
    then.run();
    return null;
  }

  private void open(Runnable onClose) {
    WorkerRegistry.get(run, PLACE, place -> worker(onClose));
  }

  /** A worker that can be closed, and nothing else. */
  private static Worker worker(Runnable onClose) {
    return (Worker)
        Proxy.newProxyInstance(
            Worker.class.getClassLoader(),
            new Class<?>[] {Worker.class},
            (proxy, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("close");
              onClose.run();
              return null;
            });
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
