package io.robusttrain.tensor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Counts the threads of this process that are in native code, so that a process that ends can wait
 * for them: libtorch's globals are destroyed on exit, and a thread that still computes then crashes
 * the JVM. Whatever computes in a thread of its own does so inside. Thread-safe.
 */
public final class NativeGate {
  /**
   * Of hooks in Hadoop's {@code ShutdownHookManager} that leave native code: above Spark's, which
   * stop what a computation needs and begin at 30 above Hadoop's own.
   */
  public static final int EXIT_PRIORITY = FileSystem.SHUTDOWN_HOOK_PRIORITY + 60;

  private static final ThreadLocal<Integer> DEPTH = ThreadLocal.withInitial(() -> 0);

  @GuardedBy("NativeGate.class")
  private static int inside;

  @GuardedBy("NativeGate.class")
  private static boolean closed;

  @GuardedBy("NativeGate.class")
  private static boolean closesAtExit;

  private NativeGate() {}

  /**
   * Runs something that calls native code.
   *
   * @throws IllegalStateException if the process is ending
   */
  public static <T> T pass(Callable<T> action) throws Exception {
    int depth = DEPTH.get();
    if (depth == 0) {
      enter();
    }
    DEPTH.set(depth + 1);
    try {
      return action.call();
    } finally {
      DEPTH.set(depth);
      if (depth == 0) {
        leave();
      }
    }
  }

  private static synchronized void enter() {
    requireOpen();
    inside++;
  }

  private static synchronized void leave() {
    inside--;
    NativeGate.class.notifyAll();
  }

  /**
   * Asked between two pieces of a long computation.
   *
   * @throws IllegalStateException if the process is ending
   */
  public static synchronized void requireOpen() {
    if (closed) {
      throw new IllegalStateException("this process is ending: no more native code is begun");
    }
  }

  /**
   * Lets nobody in any more and waits for those that are inside.
   *
   * @return whether all have left
   */
  public static boolean close(Duration longest) throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    synchronized (NativeGate.class) {
      closed = true;
      while (inside > 0) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return false;
        }
        NativeGate.class.wait(left);
      }
      return true;
    }
  }

  /** Something that is waited for before the gate closes, such as the end of a step. */
  @FunctionalInterface
  public interface Wait {
    void run() throws InterruptedException;
  }

  /**
   * As {@link #close}, after something else was waited for. An interrupt or a failure ends that
   * wait, and never keeps the gate open: who interrupts a hook of the shutdown is about to end the
   * process.
   *
   * @return whether all have left
   */
  public static boolean closeAfter(Wait before, Duration longest) {
    boolean interrupted = false;
    boolean left = false;
    try {
      before.run();
    } catch (InterruptedException late) {
      interrupted = true;
    } finally {
      try {
        left = close(longest);
      } catch (InterruptedException late) {
        interrupted = true;
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    return left;
  }

  /**
   * Closes the gate when the JVM shuts down, before Spark and Hadoop's file systems are closed.
   * Later calls do nothing.
   *
   * @param longest how long the shutdown waits for those that are inside
   * @throws IllegalStateException if the JVM is shutting down already
   */
  public static synchronized void closeAtExit(Duration longest) {
    if (!closesAtExit) {
      Runnable hook = () -> closeAfter(() -> {}, longest);
      ShutdownHookManager.get()
          .addShutdownHook(
              hook, EXIT_PRIORITY, longest.plusSeconds(1).toMillis(), TimeUnit.MILLISECONDS);
      closesAtExit = true;
    }
  }
}
