package io.robusttrain.cluster;

import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.WorkerFailure;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.SparkException;

/**
 * Tells what ended an engine: executors that were lost, a stall that somebody noticed, an exchange
 * that broke, or a worker's own exception. What Spark throws at the driver is only a consequence,
 * and often that of a consequence. Thread-safe.
 */
final class Outages {
  /** A task can fail before the driver hears that the executor on the other side is gone. */
  private static final Duration NOTICE = Duration.ofSeconds(10);

  /** What Spark and BigDL write when blocks, executors or connections are not there any more. */
  private static final Set<String> EXCHANGE =
      Set.of(
          "ExecutorLostFailure",
          ExchangeFailure.class.getName(),
          "FetchFailed",
          "its executor was lost",
          "weight block",
          "gradient block",
          "Failed to fetch",
          "BlockFetchException",
          "Connection reset",
          "Connection refused",
          "Failed to connect",
          "RpcTimeoutException",
          "Futures timed out",
          "Failed to get broadcast",
          "Resubmitted",
          "TaskKilled",
          "cancelled as part of cancellation of all jobs",
          "ClosedChannelException");

  private final ExecutorWatch watch;
  private final boolean local;
  private final UnaryOperator<Throwable> unwrap;
  private volatile Set<String> executors = Set.of();
  private volatile String abandoned;
  private volatile boolean down;

  Outages(ExecutorWatch watch, boolean local, UnaryOperator<Throwable> unwrap) {
    this.watch = watch;
    this.local = local;
    this.unwrap = unwrap;
  }

  /** From now on the loss of one of these executors is an outage. */
  void depend(Iterable<String> on) {
    Set<String> all = new TreeSet<>();
    on.forEach(all::add);
    executors = Set.copyOf(all);
    watch.learnHosts();
  }

  /** Records that somebody gave the engine up; the first reason counts. */
  void abandon(String why) {
    if (abandoned == null) {
      abandoned = why;
    }
  }

  /** Whether the engine can do nothing any more but be closed. */
  boolean down() {
    return down;
  }

  /** Whether executors that matter are known to be lost. */
  boolean lost() {
    return watch.lost(executors, Duration.ZERO).isPresent();
  }

  /**
   * Before something is asked of the workers.
   *
   * @throws EngineOutage if there is no point in it
   */
  void requireUp() {
    Optional<EngineOutage> outage = known(Duration.ZERO, null);
    if (outage.isPresent()) {
      throw outage.get();
    }
  }

  private Optional<EngineOutage> known(Duration longest, Throwable cause) {
    Optional<String> lost = watch.lost(executors, longest);
    Optional<EngineOutage> outage =
        lost.map(what -> new EngineOutage(EngineOutage.Kind.EXECUTOR_LOST, what, cause))
            .or(
                () ->
                    Optional.ofNullable(abandoned)
                        .map(why -> new EngineOutage(EngineOutage.Kind.STALLED, why, cause)));
    down |= outage.isPresent();
    return outage;
  }

  /** What a run failed with: an outage, or what the worker or the observer threw. */
  RuntimeException failure(Exception thrown) {
    if (thrown instanceof EngineOutage outage) {
      // Workers that wait for each other do not answer either.
      down |= outage.kind() == EngineOutage.Kind.EXCHANGE_FAILED;
      return outage;
    }
    Throwable cause = thrown;
    boolean inJob = false;
    while (cause.getCause() != null && cause.getCause() != cause) {
      inJob |= cause instanceof SparkException;
      cause = cause.getCause();
    }
    inJob |= cause instanceof SparkException;
    cause = unwrap.apply(cause);
    boolean suspicious = inJob && speaksOfExchange(thrown);
    Optional<EngineOutage> outage = known(suspicious && !local ? NOTICE : Duration.ZERO, cause);
    if (outage.isPresent()) {
      return outage.get();
    }
    Optional<Throwable> broken = broken(thrown);
    if ((suspicious && !local) || cause instanceof CancellationException || broken.isPresent()) {
      down = true;
      return new EngineOutage(
          EngineOutage.Kind.EXCHANGE_FAILED,
          "the exchange between executors failed: " + firstLine(broken.orElse(cause)),
          cause);
    }
    if (!inJob && thrown instanceof RuntimeException own) {
      return own;
    }
    return new WorkerFailure(cause.getMessage(), cause);
  }

  /** What a step lacked of the exchange, so that it was not applied. */
  private static Optional<Throwable> broken(Throwable thrown) {
    return chain(thrown).filter(link -> link instanceof ExchangeFailure).findFirst();
  }

  private static Stream<Throwable> chain(Throwable thrown) {
    return Stream.iterate(
            thrown, link -> link != null && link != link.getCause(), Throwable::getCause)
        .limit(50);
  }

  private static boolean speaksOfExchange(Throwable thrown) {
    return chain(thrown)
        .map(String::valueOf)
        .anyMatch(text -> EXCHANGE.stream().anyMatch(text::contains));
  }

  private static String firstLine(Throwable cause) {
    String text = String.valueOf(cause.getMessage()).strip();
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }
}
