package io.robusttrain.train.recovery;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that gives up what stands still for too long, again and again until it has ended. */
public final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration AGAIN = Duration.ofSeconds(5);

  private final StallWatch watch;
  private final Thread thread;

  private Watchdog(StallWatch watch) {
    this.watch = watch;
    this.thread = new Thread(this::look, "stall-watchdog");
    thread.setDaemon(true);
  }

  /** Begins to look at a watch; ends with {@link #close}. */
  public static Watchdog over(StallWatch watch) {
    Watchdog dog = new Watchdog(watch);
    dog.thread.start();
    return dog;
  }

  private void look() {
    try {
      while (true) {
        boolean stalled = endStall();
        Thread.sleep((stalled ? AGAIN : LOOK).toMillis());
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean endStall() {
    try {
      watch.stall().ifPresent(StallWatch.Stall::end);
      return watch.stall().isPresent();
    } catch (RuntimeException failed) {
      // Spark may be stopping; whoever waits for it sees why.
      LOG.warn("what stands still could not be given up", failed);
      return true;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
