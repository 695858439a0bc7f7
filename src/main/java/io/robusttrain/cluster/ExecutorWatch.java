package io.robusttrain.cluster;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.storage.BlockManagerId;
import scala.collection.JavaConverters;

/**
 * Knows which executors a Spark context has and why others are gone. There is one for each context.
 * Thread-safe.
 */
public final class ExecutorWatch extends SparkListener {
  private static final String DISASSOCIATED = "Remote RPC client disassociated";
  private static final Duration LOOK = Duration.ofMillis(100);

  private final SparkContext spark;
  private final Map<String, String> hosts = new TreeMap<>();
  private final Map<String, String> losses = new TreeMap<>();
  private final Set<String> departing = new TreeSet<>();
  private Runnable onLoss = () -> {};

  private ExecutorWatch(SparkContext spark) {
    this.spark = spark;
  }

  /** Watches a context from now on. */
  public static ExecutorWatch of(SparkContext spark) {
    ExecutorWatch watch = new ExecutorWatch(spark);
    spark.addSparkListener(watch);
    return watch;
  }

  @Override
  public synchronized void onExecutorAdded(SparkListenerExecutorAdded added) {
    hosts.put(added.executorId(), added.executorInfo().executorHost());
  }

  @Override
  public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
    Runnable action;
    synchronized (this) {
      losses.put(removed.executorId(), removed.reason());
      action = onLoss;
      notifyAll();
    }
    action.run();
  }

  /**
   * An executor said that it was told to end.
   *
   * @return its name and place, for people
   */
  synchronized String departs(String executor) {
    departing.add(executor);
    return "executor " + executor + place(executor);
  }

  private String place(String executor) {
    return Optional.ofNullable(hosts.get(executor)).map(name -> " on " + name).orElse("");
  }

  /** Runs an action whenever an executor is lost, on a thread of Spark's that must not wait. */
  synchronized void onLoss(Runnable action) {
    onLoss = action;
  }

  /** Executors that can run tasks now; one with a local master. */
  public int available() {
    if (spark.isLocal()) {
      return 1;
    }
    return (int)
        registered().stream()
            .filter(manager -> !manager.isDriver() && stays(manager.executorId()))
            .count();
  }

  /** Whether an executor was not told to end. */
  private synchronized boolean stays(String executor) {
    return !departing.contains(executor);
  }

  private Collection<BlockManagerId> registered() {
    return JavaConverters.asJavaCollectionConverter(
            spark.env().blockManager().master().getMemoryStatus().keys().toSeq())
        .asJavaCollection();
  }

  /**
   * Waits until executors that were told to end are gone, so that no task is sent there.
   *
   * @param longest to wait
   * @param givenUp whether there is no need to wait any longer
   */
  public void awaitDepartures(Duration longest, BooleanSupplier givenUp)
      throws InterruptedException {
    await(
        () ->
            givenUp.getAsBoolean()
                || registered().stream().allMatch(manager -> stays(manager.executorId())),
        longest);
  }

  /**
   * Waits until there are enough executors.
   *
   * @param wanted how many are enough
   * @param longest to wait
   * @param givenUp whether there is no need to wait any longer
   * @return how many there are, fewer than wanted if it took too long or was given up
   */
  public int await(int wanted, Duration longest, BooleanSupplier givenUp)
      throws InterruptedException {
    await(() -> givenUp.getAsBoolean() || available() >= wanted, longest);
    return available();
  }

  private static void await(BooleanSupplier reached, Duration longest) throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    while (!reached.getAsBoolean() && System.nanoTime() < deadline) {
      Thread.sleep(LOOK.toMillis());
    }
  }

  /**
   * What happened to executors, a sentence each, or nothing if all are there.
   *
   * @param executors their Spark ids
   * @param longest to wait for Spark to notice a loss
   */
  synchronized Optional<String> lost(Collection<String> executors, Duration longest) {
    long deadline = System.nanoTime() + longest.toNanos();
    BooleanSupplier found = () -> executors.stream().anyMatch(losses::containsKey);
    long left = longest.toMillis();
    while (!found.getAsBoolean() && left > 0) {
      try {
        wait(left);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        break;
      }
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
    return executors.stream()
        .filter(losses::containsKey)
        .distinct()
        .sorted()
        .map(this::sentence)
        .reduce((one, other) -> one + "; " + other);
  }

  private String sentence(String executor) {
    String reason = losses.get(executor).strip().replaceAll("\\s+", " ");
    if (reason.startsWith(DISASSOCIATED)) {
      // Spark goes on with guesses that fit YARN only.
      reason = "its process ended or its host went away";
    }
    return "executor %s%s was lost: %s".formatted(executor, place(executor), reason);
  }

  /** The hosts of executors that registered before this watch began. */
  synchronized void learnHosts() {
    for (BlockManagerId manager : registered()) {
      hosts.putIfAbsent(manager.executorId(), manager.host());
    }
  }
}
