package io.robusttrain.data.load;

import io.robusttrain.base.DaemonThreads;
import io.robusttrain.data.DataException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongFunction;

/**
 * Makes numbered items ahead of time, in order, on one daemon thread. Asking for another number
 * than the next one discards what was made and starts there. One caller at a time.
 */
final class Prefetcher<T> implements AutoCloseable {
  private final LongFunction<T> producer;
  private final int ahead;
  private final long end;
  private final ExecutorService thread;
  private final Deque<Future<T>> pending = new ArrayDeque<>();
  private long first;

  /**
   * Starts idle; the first {@link #get} decides where it begins.
   *
   * @param ahead items made beyond the one asked for; 0 makes each on demand
   * @param end items from this number on are never made
   */
  Prefetcher(LongFunction<T> producer, int ahead, long end, String name) {
    if (ahead < 0) {
      throw new IllegalArgumentException("prefetch must be at least 0, got " + ahead);
    }
    this.producer = producer;
    this.ahead = ahead;
    this.end = end;
    this.thread = Executors.newSingleThreadExecutor(DaemonThreads.named(name));
  }

  /**
   * Item {@code index}; throws what its making threw.
   *
   * @throws IllegalStateException if this is closed before the item is made
   */
  T get(long index) {
    try {
      return next(index);
    } catch (RuntimeException failed) {
      if (!thread.isShutdown()) {
        throw failed;
      }
      IllegalStateException closed =
          new IllegalStateException("the loader was closed while its images were waited for");
      // Not the cause: an interrupted read looks like bad data.
      closed.addSuppressed(failed);
      throw closed;
    }
  }

  private T next(long index) {
    if (index != first) {
      pending.forEach(item -> item.cancel(false));
      pending.clear();
      first = index;
    }
    while (pending.size() <= ahead && first + pending.size() < end) {
      long number = first + pending.size();
      pending.add(thread.submit(() -> producer.apply(number)));
    }
    try {
      return WorkerPool.get(pending.remove());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DataException("interrupted while waiting for images", e);
    } finally {
      first++;
    }
  }

  /** Whoever waits for an item, or asks for one later, fails. */
  @Override
  public void close() {
    WorkerPool.end(thread);
  }
}
