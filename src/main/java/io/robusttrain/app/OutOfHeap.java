package io.robusttrain.app;

import java.io.PrintStream;
import java.util.function.IntConsumer;

/**
 * Ends a driver when a thread of it dies for want of memory. Spark's own threads do not come back:
 * the job whose result one of them was taking would be waited for without end. The process ends at
 * once, as if it had been killed, for hooks of the shutdown need memory and Spark, too; files are
 * whole or absent all the same.
 */
final class OutOfHeap implements Thread.UncaughtExceptionHandler {
  private final PrintStream err;
  private final IntConsumer end;

  /**
   * A handler that can be tried.
   *
   * @param err where it says why
   * @param end ends the process with a code
   */
  OutOfHeap(PrintStream err, IntConsumer end) {
    this.err = err;
    this.end = end;
  }

  /** From now on this process ends so, whichever thread it is. */
  static void endsProcess() {
    Thread.setDefaultUncaughtExceptionHandler(
        new OutOfHeap(System.err, code -> Runtime.getRuntime().halt(code)));
  }

  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      try {
        err.println(
            "error: the driver has no memory left, seen in its thread "
                + thread.getName()
                + " ("
                + failure.getMessage()
                + "): "
                + remedy(String.valueOf(failure.getMessage())));
        err.flush();
      } finally {
        end.accept(ExitCode.FAILED.number());
      }
      return;
    }
    // As a JVM without a handler says it.
    err.print("Exception in thread \"" + thread.getName() + "\" ");
    failure.printStackTrace(err);
  }

  /** The JVM says by this error, too, that memory beside the heap or threads are used up. */
  private static String remedy(String message) {
    boolean heap =
        message.contains("Java heap space")
            || message.contains("GC overhead limit")
            || message.contains("Requested array size");
    return heap
        ? "raise --driver-memory (spark.driver.memory)"
        : "this is memory beside the heap, or the number of threads: raise what the machine or the container lets this process have";
  }
}
