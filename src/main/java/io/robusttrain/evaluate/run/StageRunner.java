package io.robusttrain.evaluate.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import io.robusttrain.evaluate.plan.EvaluationException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the blocks of a stage as Spark tasks, one partition a block, so that a free executor takes
 * the next one. Blocks whose outcome is already committed are not run again.
 */
public final class StageRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StageRunner.class);
  private static final long POLL_MILLIS = 500;

  private final JavaSparkContext spark;
  private final EvaluationJob job;
  private final EvaluationListener listener;
  private final int stages;
  private final OptionalInt partitions;
  private final Broadcast<EvaluationJob> sharedJob;
  private final Broadcast<float[]> sharedWeights;

  /**
   * Broadcasts job and weights; {@link #close} takes them back.
   *
   * @param stages how many stages there are, for the listener
   * @param partitions groups of blocks that run one after the other; empty: every block alone
   */
  public StageRunner(
      JavaSparkContext spark,
      EvaluationJob job,
      float[] weights,
      EvaluationListener listener,
      int stages,
      OptionalInt partitions) {
    this.spark = spark;
    this.job = job;
    this.listener = listener;
    this.stages = stages;
    this.partitions = partitions;
    this.sharedJob = spark.broadcast(job);
    this.sharedWeights = spark.broadcast(weights);
  }

  /**
   * The outcomes of all blocks, in order.
   *
   * @param number of the stage
   * @param name what the stage does, for the listener
   * @param directory of the outcomes
   */
  public List<ObjectNode> run(
      int number, String name, String directory, List<? extends BlockTask> tasks)
      throws IOException {
    job.folder().sweep(directory);
    List<ObjectNode> outcomes = new ArrayList<>();
    List<BlockTask> pending = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    int images = 0;
    int resumed = 0;
    int broken = 0;
    for (BlockTask task : tasks) {
      Optional<ObjectNode> committed = committed(task);
      if (committed.isEmpty()) {
        places.add(outcomes.size());
        pending.add(task);
      } else {
        resumed += task.size();
        broken += BlockRunner.count(Json.array(committed.get(), "broken", boolean[].class));
      }
      images += task.size();
      outcomes.add(committed.orElse(null));
    }
    Clock clock =
        new Clock(
            new EvaluationListener.Stage(
                number,
                stages,
                name,
                !tasks.isEmpty() && tasks.get(0).breaks(),
                tasks.size(),
                tasks.size() - pending.size(),
                images,
                resumed,
                broken,
                resumed,
                0));
    if (!pending.isEmpty()) {
      List<String> made = compute(name, pending, clock);
      for (int i = 0; i < made.size(); i++) {
        outcomes.set(places.get(i), (ObjectNode) Json.parse(made.get(i), "a block's outcome"));
      }
    }
    listener.finished(clock.stage());
    return outcomes;
  }

  private Optional<ObjectNode> committed(BlockTask task) throws IOException {
    Optional<ObjectNode> found;
    try {
      found = job.folder().readJson(task.file());
    } catch (EvaluationException damaged) {
      LOG.warn("{}; the block is evaluated again", damaged.getMessage());
      return Optional.empty();
    }
    return found.filter(
        outcome ->
            outcome.path("plan").asText().equals(job.fingerprint()) && task.matches(outcome));
  }

  private List<String> compute(String name, List<BlockTask> pending, Clock clock) {
    int slices = Math.min(partitions.orElse(pending.size()), pending.size());
    BlockRunner runner =
        new BlockRunner(
            sharedJob, sharedWeights, clock.blocksDone, clock.imagesDone, clock.brokenNow);
    spark.sc().setJobDescription(spark.appName() + ", " + name);
    JavaFutureAction<List<String>> result =
        spark.parallelize(pending, slices).map(runner).collectAsync();
    try {
      while (true) {
        try {
          return result.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException running) {
          listener.progress(clock.stage());
        }
      }
    } catch (ExecutionException failed) {
      Throwable cause = failed.getCause() == null ? failed : failed.getCause();
      throw new IllegalStateException(
          "%s failed: %s; the same command continues with the blocks that are missing"
              .formatted(name, withoutTrace(String.valueOf(cause.getMessage()))),
          cause);
    } catch (InterruptedException stopped) {
      result.cancel(true);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted during " + name, stopped);
    }
  }

  /** Spark's message quotes the executor's stack trace. */
  private static String withoutTrace(String message) {
    int trace = message.indexOf("\n\tat ");
    return trace < 0 ? message : message.substring(0, trace);
  }

  @Override
  public void close() {
    sharedJob.destroy();
    sharedWeights.destroy();
    // With a local master the executor is this process; on a cluster its process ends.
    ModelSlots.close(job.session());
  }

  /** Progress of one stage in this process. */
  private final class Clock {
    private final EvaluationListener.Stage start;
    private final long begin = System.nanoTime();
    private final LongAccumulator blocksDone = spark.sc().longAccumulator("blocks");
    private final LongAccumulator imagesDone = spark.sc().longAccumulator("images");
    private final LongAccumulator brokenNow = spark.sc().longAccumulator("broken");

    Clock(EvaluationListener.Stage start) {
      this.start = start;
    }

    EvaluationListener.Stage stage() {
      return start.with(
          blocksDone.value().intValue(),
          imagesDone.value().intValue(),
          brokenNow.value().intValue(),
          (System.nanoTime() - begin) * 1e-9);
    }
  }
}
