package io.robusttrain.train.recovery;

import io.robusttrain.base.Figures;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.WorkerFailure;
import io.robusttrain.storage.RunLeaseException;
import io.robusttrain.storage.Storage;
import io.robusttrain.storage.StorageAwayException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/**
 * Bears with a storage that is away for a while, and knows when it has been for too long ({@code
 * recovery.storage-timeout}). What is no outage is not borne with. Used by the driver's thread.
 */
public final class StoragePatience {
  private static final Duration AGAIN = Duration.ofSeconds(10);

  /** Time as the driver sees it. */
  public interface Time {
    /** Nanoseconds from an arbitrary origin, as {@link System#nanoTime}. */
    long nanos();

    /** Blocks the thread for a time. */
    void pause(Duration time) throws InterruptedIOException;

    /** That of this JVM. */
    static Time system() {
      return new Time() {
        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public void pause(Duration time) throws InterruptedIOException {
          Storage.pause(time, "the storage");
        }
      };
    }
  }

  /**
   * Something that needs the storage and may be done again.
   *
   * @param <T> what comes out
   */
  @FunctionalInterface
  public interface Action<T> {
    /** Does it, or fails as the storage does. */
    T run() throws IOException;
  }

  /** Is told of each failure while the storage is away. */
  @FunctionalInterface
  public interface Listener {
    /** The storage cannot be reached. */
    void away(IOException failure) throws IOException;
  }

  private final Duration longest;
  private final Time time;
  private final BooleanSupplier hurried;
  private OptionalLong since = OptionalLong.empty();

  /**
   * Patience with a storage that is there.
   *
   * @param longest how long it may be away
   * @param hurried whether nothing is waited for, as by a run that was asked to end
   */
  public StoragePatience(Duration longest, Time time, BooleanSupplier hurried) {
    this.longest = longest;
    this.time = time;
    this.hurried = hurried;
  }

  /** Whether the storage is away for all that is known. */
  public boolean isAway() {
    return since.isPresent();
  }

  /**
   * Takes note of a failure.
   *
   * @return whether the storage is away because of it and was not before
   */
  public boolean begins(Throwable failure) {
    if (isAway() || !StorageAwayException.says(failure)) {
      return false;
    }
    since = OptionalLong.of(time.nanos());
    return true;
  }

  /** The storage is there again; says for how long it was away. */
  public Duration ends() {
    Duration away = away();
    since = OptionalLong.empty();
    return away;
  }

  /** How long the storage may be away. */
  public Duration longest() {
    return longest;
  }

  /**
   * Returns if the storage is there, or away and not yet for too long.
   *
   * @throws StorageAwayException otherwise
   */
  public void requireTime() throws StorageAwayException {
    if (isAway() && away().compareTo(longest) >= 0) {
      throw tooLong(null);
    }
  }

  /**
   * Does something, again and again while the storage is away.
   *
   * @param listener told before each wait
   * @throws StorageAwayException if the storage is away for too long
   * @throws IOException of the action, if it is no outage or the run is in a hurry
   */
  public <T> T call(Action<T> action, Listener listener) throws IOException {
    while (true) {
      try {
        return action.run();
      } catch (IOException failure) {
        if (!StorageAwayException.says(failure) || hurried.getAsBoolean()) {
          throw failure;
        }
        listener.away(failure);
        begins(failure);
        if (away().compareTo(longest) >= 0) {
          throw tooLong(failure);
        }
        time.pause(AGAIN);
      }
    }
  }

  /**
   * As {@link #call}, for what a run reads before it has files to tell of itself in. An outage is
   * also found where an exception that says what could not be read stands for it.
   *
   * @param screen is told what the run waits for
   * @throws StorageAwayException if the storage is away for too long
   */
  public <T> T begin(Action<T> action, PrintStream screen) throws IOException {
    T result =
        call(
            () -> unwrapped(action),
            away -> screen.printf("waiting for the storage (%s)%n", away.getMessage()));
    if (isAway()) {
      Duration away = ends();
      screen.printf("the storage is there again after %s%n", Figures.seconds(away));
    }
    return result;
  }

  private static <T> T unwrapped(Action<T> action) throws IOException {
    try {
      return action.run();
    } catch (EngineOutage | WorkerFailure | RunLeaseException other) {
      // However they came about: the workers or the run are gone, and no waiting brings them back.
      throw other;
    } catch (RuntimeException wrapping) {
      boolean away =
          StorageAwayException.says(wrapping)
              || Arrays.stream(wrapping.getSuppressed()).anyMatch(StorageAwayException::says);
      if (!away) {
        throw wrapping;
      }
      // Not as its cause: its type says that what was read is wrong, and it is not.
      StorageAwayException outage = new StorageAwayException(wrapping.getMessage());
      outage.addSuppressed(wrapping);
      throw outage;
    }
  }

  private Duration away() {
    return since.isPresent() ? Duration.ofNanos(time.nanos() - since.getAsLong()) : Duration.ZERO;
  }

  private StorageAwayException tooLong(IOException failure) {
    return new StorageAwayException(
        "the storage of the run cannot be reached for %s%s, and recovery.storage-timeout is %s: bring it back, and submit the run id again to go on from its newest checkpoint"
            .formatted(
                Figures.seconds(away()),
                failure == null ? "" : " (" + failure.getMessage() + ")",
                Figures.seconds(longest)),
        failure);
  }
}
