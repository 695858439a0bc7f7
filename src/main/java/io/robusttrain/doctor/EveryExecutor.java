package io.robusttrain.doctor;

import io.robusttrain.doctor.check.Place;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.CollectionAccumulator;

/**
 * Runs something exactly once on every executor. Spark promises no placement: a first job has as
 * many tasks as there are executors; for those that got none, further jobs fill all cores with
 * tasks that stay a moment. Answers arrive one by one, so that an executor that hangs hides no
 * other's. One caller at a time.
 */
final class EveryExecutor {
  private static final int ATTEMPTS = 5;
  private static final int HOLD_MILLIS = 200;
  private static final int POLL_MILLIS = 50;
  private static final int CALLS_REMEMBERED = 1000;

  /** Calls that this process, an executor, has answered. */
  private static final Set<String> ANSWERED = ConcurrentHashMap.newKeySet();

  private final JavaSparkContext spark;
  private final int wanted;
  private final int cores;
  private final Clocks clocks = new Clocks();

  /** What runs on an executor. */
  @FunctionalInterface
  interface Task<R> extends Serializable {
    R run(Place place) throws Exception;
  }

  private record Answer<R>(Place place, long millis, R result) implements Serializable {}

  /**
   * @param wanted executors that the run counts on
   * @param cores of each
   */
  EveryExecutor(JavaSparkContext spark, int wanted, int cores) {
    this.spark = spark;
    this.wanted = wanted;
    this.cores = cores;
  }

  /** What the answers so far say of the executors' clocks. */
  Clocks clocks() {
    return clocks;
  }

  int live() {
    return spark.sc().statusTracker().getExecutorInfos().length - 1;
  }

  /** Waits until there are as many executors as wanted; fewer may be there in the end. */
  void await(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (live() < wanted && System.nanoTime() < end && !spark.sc().isStopped()) {
      Thread.sleep(POLL_MILLIS);
    }
  }

  /**
   * Runs a task on every executor that is there.
   *
   * @param limit after which executors that have not answered are given up
   * @return the answers; an executor that is missing did not answer in time
   * @throws ExecutionException if the job failed as a whole
   */
  <R> Map<Place, R> call(Task<R> task, Duration limit)
      throws ExecutionException, InterruptedException {
    String call = UUID.randomUUID().toString();
    Map<Place, R> answers = new TreeMap<>();
    long end = System.nanoTime() + limit.toNanos();
    for (int attempt = 0; attempt < ATTEMPTS && answers.size() < live(); attempt++) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        break;
      }
      int tasks = attempt == 0 ? live() : live() * cores;
      job(call, task, tasks, (long) attempt * HOLD_MILLIS, left, answers);
    }
    return answers;
  }

  private <R> void job(
      String call, Task<R> task, int tasks, long hold, long nanos, Map<Place, R> answers)
      throws ExecutionException, InterruptedException {
    CollectionAccumulator<Answer<R>> arrived = new CollectionAccumulator<>();
    spark.sc().register(arrived, "doctor");
    List<Integer> numbers = IntStream.range(0, tasks).boxed().toList();
    long sent = System.currentTimeMillis();
    JavaFutureAction<Void> job =
        spark.parallelize(numbers, tasks).foreachAsync(number -> answer(call, task, hold, arrived));
    try {
      job.get(nanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException hanging) {
      job.cancel(true);
    }
    long received = System.currentTimeMillis();
    for (Answer<R> answer : List.copyOf(arrived.value())) {
      answers.put(answer.place(), answer.result());
      clocks.saw(answer.place(), sent, answer.millis(), received);
    }
  }

  private static <R> void answer(
      String call, Task<R> task, long hold, CollectionAccumulator<Answer<R>> arrived)
      throws Exception {
    long millis = System.currentTimeMillis();
    if (ANSWERED.size() > CALLS_REMEMBERED) {
      ANSWERED.clear();
    }
    if (ANSWERED.add(call)) {
      Place place =
          new Place(
              Place.Role.EXECUTOR,
              SparkEnv.get().executorId(),
              SparkEnv.get().blockManager().blockManagerId().host());
      arrived.add(new Answer<>(place, millis, task.run(place)));
    }
    Thread.sleep(hold);
  }
}
