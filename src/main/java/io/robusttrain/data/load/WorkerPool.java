package io.robusttrain.data.load;

import io.robusttrain.base.DaemonThreads;
import io.robusttrain.data.DataException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A fixed number of daemon threads for reading and decoding. Thread-safe. */
final class WorkerPool implements AutoCloseable {
  private final ExecutorService executor;
  private final int threads;

  WorkerPool(int threads, String name) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
    this.threads = threads;
    this.executor = Executors.newFixedThreadPool(threads, DaemonThreads.named(name));
  }

  int threads() {
    return threads;
  }

  /** Runs all tasks and waits; the first failure is thrown after all have ended. */
  void runAll(List<Callable<Void>> tasks) {
    try {
      for (Future<Void> done : executor.invokeAll(tasks)) {
        get(done);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataException("interrupted while loading images", e);
    }
  }

  /** The result of {@code future}; a failure is thrown as it was. */
  static <T> T get(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new DataException("loading images failed: " + e.getCause().getMessage(), e.getCause());
    }
  }

  /** Ends the threads of an executor; what they did not begin is cancelled, so nobody awaits it. */
  static void end(ExecutorService executor) {
    for (Runnable left : executor.shutdownNow()) {
      if (left instanceof Future<?> task) {
        task.cancel(false);
      }
    }
  }

  @Override
  public void close() {
    end(executor);
  }
}
