package io.robusttrain.api;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * Work on a thread of its own, so that whoever waits for it can be interrupted, be it by an
 * interrupt of the thread, as in a program, or by whatever a notebook throws into it: the work is
 * then asked to end in good order and waited for. What interrupts a second time hurries it.
 */
final class Interruptible {
  private Interruptible() {}

  /**
   * Works and waits.
   *
   * @param end asks the work to end in good order
   * @param hurry asks it to end at once
   * @throws InterruptedException if there was an interrupt and the work failed because of it
   */
  static <T> T call(String name, Callable<T> work, Runnable end, Runnable hurry) throws Exception {
    FutureTask<T> task = new FutureTask<>(work);
    CountDownLatch ended = new CountDownLatch(1);
    // A shell may stop all threads of the statement that waits here.
    Thread thread =
        new Thread(
            outermost(),
            () -> {
              task.run();
              ended.countDown();
            },
            name);
    thread.setDaemon(true);
    thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    thread.start();
    boolean done = false;
    boolean interrupted = false;
    try {
      while (true) {
        try {
          T result = task.get();
          done = true;
          return result;
        } catch (InterruptedException first) {
          (interrupted ? hurry : end).run();
          interrupted = true;
        } catch (ExecutionException failed) {
          done = true;
          throw cause(failed);
        }
      }
    } finally {
      if (!done) {
        end.run();
        awaitEnd(ended);
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static ThreadGroup outermost() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    // Above it is the one of the JVM's own threads.
    while (group.getParent() != null && group.getParent().getParent() != null) {
      group = group.getParent();
    }
    return group;
  }

  private static Exception cause(ExecutionException failed) {
    if (failed.getCause() instanceof Error error) {
      throw error;
    }
    return failed.getCause() instanceof Exception cause ? cause : failed;
  }

  /** What was thrown into the caller goes on its way when the work has ended. */
  private static void awaitEnd(CountDownLatch ended) {
    boolean interrupted = false;
    boolean left = false;
    while (!left) {
      try {
        left = ended.await(1, TimeUnit.DAYS);
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
