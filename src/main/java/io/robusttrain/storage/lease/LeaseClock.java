package io.robusttrain.storage.lease;

import io.robusttrain.storage.Storage;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;

/** Time as one process sees it. Only differences of its own {@link #nanoTime} decide anything. */
interface LeaseClock {
  /** Monotonic. */
  long nanoTime();

  /** For people to read. */
  Instant now();

  /** Waits. */
  void sleep(Duration time) throws InterruptedIOException;

  /** The machine's. */
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
