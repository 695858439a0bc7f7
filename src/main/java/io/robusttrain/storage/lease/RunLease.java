package io.robusttrain.storage.lease;

import io.robusttrain.base.Figures;
import io.robusttrain.storage.Fence;
import io.robusttrain.storage.RunLeaseException;
import io.robusttrain.storage.StorageAwayException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.ShutdownHookManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right of one process to write a run. Renewed by a daemon thread until it is closed, also by a
 * JVM that ends; an owner that gives no sign of life for {@code ttl} loses it to the next one that
 * asks. Nobody compares clocks of two machines: who waits for an owner watches its counter stand
 * still for {@code ttl} of their own time. Thread-safe.
 */
public final class RunLease implements Fence, AutoCloseable {
  /** After Spark's own hooks, before the one with which Hadoop closes file systems. */
  private static final int SHUTDOWN_PRIORITY = FileSystem.SHUTDOWN_HOOK_PRIORITY + 5;

  private static final Logger LOG = LoggerFactory.getLogger(RunLease.class);
  private static final String DIRECTORY = ".leases";
  private static final int BEATS_IN_TTL = 3;

  private final Path run;
  private final LeaseFiles files;
  private final LeaseClock clock;
  private final long number;
  private final ScheduledExecutorService renewal;
  private final Runnable shutdownHook = this::close;

  /** Written under the lock; read without it by {@link #check}, which must not wait for a store. */
  private volatile LeaseRecord record;

  private volatile long confirmed;
  private volatile Optional<RunLeaseException> lost = Optional.empty();
  private volatile boolean closed;

  RunLease(Path run, LeaseFiles files, LeaseClock clock, long number, LeaseRecord record) {
    this.run = run;
    this.files = files;
    this.clock = clock;
    this.number = number;
    this.record = record;
    this.confirmed = clock.nanoTime();
    this.renewal =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "run-lease");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Becomes the owner of a run, or finds out that there is one. If the last owner ended without a
   * word, this waits: not at all if it died on this machine, else up to {@code ttl} (or its own, if
   * that is longer) for a sign of life. The run's directory is not touched; leases are kept beside
   * it, in {@code .leases}.
   *
   * @param fs of the run
   * @param run its directory, which need not exist
   * @param ttl after which a silent owner has lost the run, at least a second
   * @throws RunLeaseException if another process owns the run; the message says which
   * @throws IOException if the file system fails
   */
  public static RunLease acquire(FileSystem fs, Path run, Duration ttl) throws IOException {
    RunLease lease = acquire(fs, run, ttl, LeaseOwner.current(), LeaseClock.system());
    lease.start();
    return lease;
  }

  /** As {@link #acquire(FileSystem, Path, Duration)}, but nothing renews the lease by itself. */
  static RunLease acquire(FileSystem fs, Path run, Duration ttl, LeaseOwner owner, LeaseClock clock)
      throws IOException {
    Path path = fs.makeQualified(run);
    LeaseFiles files =
        new LeaseFiles(fs, new Path(new Path(path.getParent(), DIRECTORY), path.getName()));
    LeaseContest contest = new LeaseContest(path, files, owner, ttl, clock);
    while (true) {
      Optional<LeaseFiles.Seen> last = files.highest();
      if (last.isPresent() && !contest.awaitEnd(last.get())) {
        continue;
      }
      long number = last.map(LeaseFiles.Seen::number).orElse(0L) + 1;
      LeaseRecord record =
          new LeaseRecord(
              UUID.randomUUID().toString(), owner, clock.now(), ttl, 0, LeaseRecord.Phase.HELD);
      if (files.claim(number, record, clock)) {
        files.clearBelow(number);
        return new RunLease(path, files, clock, number, record);
      }
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // The task reports for itself and never throws.
  void start() {
    long pause = record.ttl().dividedBy(BEATS_IN_TTL).toMillis();
    renewal.scheduleWithFixedDelay(this::renewQuietly, pause, pause, TimeUnit.MILLISECONDS);
    ShutdownHookManager.get().addShutdownHook(shutdownHook, SHUTDOWN_PRIORITY);
  }

  private void renewQuietly() {
    try {
      renew();
    } catch (RunLeaseException e) {
      // Kept in `lost`, which the thread that trains asks.
      LOG.error("{}", e.getMessage());
      renewal.shutdown();
    } catch (IOException | RuntimeException e) {
      LOG.warn("The lease of {} could not be renewed and is tried again: {}", run, e.toString());
    }
  }

  synchronized void renew() throws IOException {
    if (closed) {
      return;
    }
    long asked = clock.nanoTime();
    requireHeld();
    LeaseRecord next = record.next();
    files.write(number, next);
    record = next;
    confirmed = asked;
  }

  /** {@inheritDoc} Looks at the store, so ask it when something is published, not at every step. */
  @Override
  public synchronized void requireHeld() throws IOException {
    if (lost.isPresent()) {
      throw lost.get();
    }
    if (closed) {
      throw new RunLeaseException(
          "Run %s was given back by this process, which may not write it any more.".formatted(run));
    }
    long asked = clock.nanoTime();
    Optional<LeaseFiles.Seen> highest = files.highest();
    Optional<LeaseRecord> content = highest.flatMap(LeaseFiles.Seen::content);
    if (highest.isPresent()
        && highest.get().number() == number
        && content.map(LeaseRecord::id).equals(Optional.of(record.id()))) {
      confirmed = asked;
      return;
    }
    RunLeaseException loss = lostTo(content);
    lost = Optional.of(loss);
    throw loss;
  }

  /**
   * As {@link #requireHeld}, but looks at the store only if nothing was heard of it for {@code
   * ttl}. Cheap enough for every step.
   *
   * @throws RunLeaseException if another process owns the run, or if the store could not be asked
   *     for so long that one may
   * @throws StorageAwayException if it could not be asked because it cannot be reached
   */
  @Override
  public void check() throws StorageAwayException {
    if (lost.isPresent()) {
      throw lost.get();
    }
    if (closed || clock.nanoTime() - confirmed < record.ttl().toNanos()) {
      return;
    }
    try {
      requireHeld();
    } catch (IOException e) {
      if (StorageAwayException.says(e)) {
        throw new StorageAwayException(
            "the lease of run %s could not be renewed for %s (%s)"
                .formatted(
                    run,
                    Figures.seconds(Duration.ofNanos(clock.nanoTime() - confirmed)),
                    e.getMessage()),
            e);
      }
      throw new RunLeaseException(
          "The lease of run %s could not be renewed for %s (%s), so another process may own the run by now. This process stops. Make %s reachable and submit the run again; it goes on from its newest checkpoint."
              .formatted(
                  run,
                  Figures.seconds(Duration.ofNanos(clock.nanoTime() - confirmed)),
                  e.getMessage(),
                  files.directory()),
          e);
    }
  }

  /** Gives the run back, so that the next owner need not wait. Does nothing the second time. */
  @Override
  public void close() {
    renewal.shutdown();
    synchronized (this) {
      if (closed) {
        return;
      }
      try {
        requireHeld();
        files.write(number, record.released());
      } catch (RunLeaseException e) {
        LOG.warn("There is nothing to give back: {}", e.getMessage());
      } catch (IOException e) {
        LOG.warn(
            "Run {} could not be given back; its lease ends in {}: {}",
            run,
            Figures.seconds(record.ttl()),
            e.toString());
      }
      closed = true;
    }
    if (!ShutdownHookManager.get().isShutdownInProgress()) {
      ShutdownHookManager.get().removeShutdownHook(shutdownHook);
    }
  }

  private RunLeaseException lostTo(Optional<LeaseRecord> other) {
    return new RunLeaseException(
        "Run %s now belongs to %s: this process gave no sign of life for %s, being paused or cut off from %s. This process stops and writes nothing more; the run goes on there, from its newest checkpoint. Should it not, submit it again."
            .formatted(
                run,
                other
                    .map(found -> found.owner() + ", since " + found.sinceText())
                    .orElse("another process"),
                Figures.seconds(Duration.ofNanos(clock.nanoTime() - confirmed)),
                files.directory()));
  }
}
