package io.robusttrain.waiting;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Waits for what another thread or process does: by condition, with a deadline. Where there is an
 * event to wait for, such as the end of a process or a line that it prints, that is better.
 */
public final class Waiting {
  /**
   * The deadline where nothing else is said: many times what an idle machine needs for anything
   * that tests wait for, because it is there for what never happens.
   */
  public static final Duration LONGEST = Duration.ofMinutes(15);

  private static final Duration LOOK_EVERY = Duration.ofMillis(20);

  private Waiting() {}

  /** What brings about that which is waited for. */
  public interface Work {
    /** Whether it can bring about nothing more. */
    boolean ended();

    /** What it has to say for itself. */
    String account() throws Exception;

    /** Something that runs in this process. */
    static Work of(Future<?> future) {
      return new Work() {
        @Override
        public boolean ended() {
          return future.isDone();
        }

        @Override
        public String account() throws Exception {
          return future.isDone() ? String.valueOf(future.get()) : "It has not ended.";
        }
      };
    }

    /**
     * A process.
     *
     * @param account reads what it has printed
     */
    static Work of(Process process, Callable<String> account) {
      return new Work() {
        @Override
        public boolean ended() {
          return !process.isAlive();
        }

        @Override
        public String account() throws Exception {
          return account.call();
        }
      };
    }
  }

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
   * @throws AssertionError when it takes too long
   */
  public static void until(String what, Callable<Boolean> condition) throws Exception {
    until(what, Work.of(new CompletableFuture<>()), condition);
  }

  /**
   * Returns when the condition holds.
   *
   * @param what in words
   * @param work brings it about; an end of it before is a failure
   * @throws AssertionError when it takes too long, or when the work ended first; the message is
   *     what the work has to say
   */
  public static void until(String what, Work work, Callable<Boolean> condition) throws Exception {
    try {
      Awaitility.await(what)
          .pollInSameThread()
          .pollDelay(Duration.ZERO)
          .pollInterval(LOOK_EVERY)
          .atMost(LONGEST)
          .until(() -> holds(what, work, condition));
    } catch (ConditionTimeoutException late) {
      throw new AssertionError(
          "No %s within %s: %s".formatted(what, LONGEST, work.account()), late);
    }
  }

  private static boolean holds(String what, Work work, Callable<Boolean> condition)
      throws Exception {
    // Asked first: what the work did last must count although it has ended by then.
    boolean ended = work.ended();
    if (condition.call()) {
      return true;
    }
    if (ended) {
      throw new AssertionError("Ended before %s: %s".formatted(what, work.account()));
    }
    return false;
  }
}
