package io.robusttrain.storage.lease;

import io.robusttrain.storage.Storage;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;

/**
 * Time as one process sees it. Whether a lease has ended is decided by differences of this
 * process's own {@link #nanoTime} alone, never by clocks of two machines.
 */
interface LeaseClock {
  /** Nanoseconds from an arbitrary origin, which never run backwards. */
  long nanoTime();

  /** The time of day, which people read in messages; nothing is decided by it. */
  Instant now();

  /** Blocks the thread for a time. */
  void sleep(Duration time) throws InterruptedIOException;

  static LeaseClock system() {
    return new LeaseClock() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public Instant now() {
        return Instant.now();
      }

      @Override
      public void sleep(Duration time) throws InterruptedIOException {
        Storage.pause(time, "the lease of a run");
      }
    };
  }
}
