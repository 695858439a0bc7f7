package io.robusttrain.hadoop;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/** Waits for what another process does: by condition, with a deadline. */
public final class Waiting {
  private static final Duration LONGEST = Duration.ofSeconds(280);
  private static final Duration POLL = Duration.ofMillis(50);

  private Waiting() {}

  /** Runs in a thread of its own. */
  public static <T> CompletableFuture<T> start(Callable<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(work.call());
              } catch (Throwable failed) {
                result.completeExceptionally(failed);
              }
            },
            "launch");
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  /**
   * Returns when the condition holds.
   *
   * @param what in words
   * @throws AssertionError when it takes nearly as long as a launch may take
   */
  public static void until(String what, Callable<Boolean> condition) throws Exception {
    until(what, new CompletableFuture<>(), condition);
  }

  /**
   * Returns when the condition holds.
   *
   * @param what in words
   * @param work the process that brings it about; an end of it before is a failure
   * @throws AssertionError when it takes nearly as long as a launch may take, or when the work
   *     ended first; the message is its result
   */
  public static void until(String what, Future<?> work, Callable<Boolean> condition)
      throws Exception {
    long start = System.nanoTime();
    while (!condition.call()) {
      if (work.isDone()) {
        throw new AssertionError("Ended before " + what + ": " + work.get());
      }
      if (System.nanoTime() - start > LONGEST.toNanos()) {
        throw new AssertionError("No " + what + " within " + LONGEST + ".");
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  /** The Java processes whose command line has all these parts. */
  public static List<ProcessHandle> processes(String... parts) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().command().orElse("").endsWith("/java"))
        .filter(process -> hasAll(process, parts))
        .toList();
  }

  /** The one Java process whose command line has all these parts. */
  public static ProcessHandle process(String... parts) {
    List<ProcessHandle> found = processes(parts);
    if (found.size() != 1) {
      throw new AssertionError(
          "%d processes with %s: %s".formatted(found.size(), Arrays.toString(parts), found));
    }
    return found.get(0);
  }

  private static boolean hasAll(ProcessHandle process, String... parts) {
    List<String> command = Arrays.asList(process.info().arguments().orElse(new String[0]));
    String line = String.join(" ", command);
    return Arrays.stream(parts).allMatch(line::contains);
  }
}
