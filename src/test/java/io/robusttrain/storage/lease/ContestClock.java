package io.robusttrain.storage.lease;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/**
 * Time for threads that contend for one run. Who waits, waits for what the time is there for and
 * not for its passing, so that no thread of a busy machine comes too late: for the others to have
 * written their claims, or for the owner's next sign of life.
 */
final class ContestClock implements LeaseClock {
  private final int contenders;
  private final Duration settleTime;
  private final Set<Thread> arrived = new HashSet<>();
  private int decided;
  private long signs;

  ContestClock(int contenders, Duration ttl) {
    this.contenders = contenders;
    this.settleTime = LeaseFiles.settleTime(ttl);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public synchronized void sleep(Duration time) throws InterruptedIOException {
    arrive();
    long seen = signs;
    try {
      while (time.equals(settleTime) ? arrived.size() < contenders : signs == seen) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted in a contest.");
    }
  }

  /** The calling thread owns the run or knows that it does not. */
  synchronized void decide() {
    arrive();
    decided++;
  }

  private void arrive() {
    arrived.add(Thread.currentThread());
    notifyAll();
  }

  /** Gives signs of life until all know the owner. */
  void giveSigns(RunLease lease) throws IOException {
    while (open()) {
      lease.renew();
      sign();
    }
  }

  private synchronized boolean open() {
    return decided < contenders;
  }

  private synchronized void sign() {
    signs++;
    notifyAll();
  }
}
