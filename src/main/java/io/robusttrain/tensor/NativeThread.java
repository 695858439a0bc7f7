package io.robusttrain.tensor;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The one thread that does all arithmetic of one copy of a model, in training and evaluation. Spark
 * and engines call from whichever thread of their pools is free, but OpenMP keeps a team of threads
 * for each thread that ever computed, and malloc an arena: a copy that wanders over a hundred pool
 * threads costs gigabytes and most of its speed. Every task passes the {@link NativeGate}.
 */
public final class NativeThread implements AutoCloseable {
  private final ExecutorService executor;
  private volatile boolean left;

  /** A daemon thread, which starts with its first task. */
  public NativeThread(String name) {
    executor =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Runs a task and waits for it; its unchecked exceptions are thrown as they are. */
  public <T> T call(Callable<T> task) {
    return result(submit(task));
  }

  /** Runs a task beside those of other threads. */
  public <T> Future<T> submit(Callable<T> task) {
    return executor.submit(() -> NativeGate.pass(task));
  }

  /**
   * Asked between two pieces of a long task.
   *
   * @throws IllegalStateException if the thread was closed meanwhile, or the process is ending
   */
  public void requireOpen() {
    NativeGate.requireOpen();
    if (executor.isShutdown()) {
      throw new IllegalStateException("the model was closed while it computed");
    }
  }

  /** Waits for a task; its unchecked exceptions are thrown as they are. */
  public static <T> T result(Future<T> task) {
    try {
      return task.get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (failed.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException(failed.getCause());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a model computed", stopped);
    }
  }

  /**
   * Takes no more tasks and waits for none, not even in {@link #close}: what is under way, and what
   * it uses, goes on to its end.
   */
  public void leave() {
    left = true;
    executor.shutdown();
  }

  /**
   * Returns when the thread has left native code: a task that is under way ends at its next {@link
   * #requireOpen}. An interrupt does not end the wait, for what the task uses is freed afterwards.
   */
  @Override
  public void close() {
    executor.shutdown();
    boolean interrupted = false;
    boolean ended = left;
    while (!ended) {
      try {
        ended = executor.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
