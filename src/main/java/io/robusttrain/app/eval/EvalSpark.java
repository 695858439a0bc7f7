package io.robusttrain.app.eval;

import io.robusttrain.app.Cluster;
import io.robusttrain.app.SparkPlace;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.run.EvaluationListener;
import io.robusttrain.report.ProgressDisplay;
import io.robusttrain.tensor.NativeRuntime;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** The cluster that spark-submit names, or a running context, for work in blocks of images. */
public final class EvalSpark {
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);

  private final SparkPlace place;
  private final Cluster cluster;
  private final PrintStream screen;
  private final int threads;
  private final EvaluationListener listener;

  /**
   * Looks at the cluster; nothing is started yet.
   *
   * @param place where the work runs
   * @param screen where progress and warnings go
   * @param listener hears of them, too
   * @param threads inside an operation
   * @throws EvaluationException if an executor has fewer cores
   */
  public EvalSpark(SparkPlace place, PrintStream screen, EvaluationListener listener, int threads) {
    this.place = place;
    this.listener = listener;
    this.cluster = place.cluster();
    this.screen = screen;
    this.threads = threads;
    int cores = cluster.topology(Optional.of(1)).coresPerExecutor();
    if (threads > cores) {
      throw new EvaluationException(
          "--threads: %d threads do not fit the %d cores of an executor; use fewer, or give executors more cores"
              .formatted(threads, cores));
    }
    NativeRuntime.load();
  }

  /** The settings that name file systems. */
  public Configuration hadoop() {
    return cluster.hadoop();
  }

  /** What is done once there is a context. */
  @FunctionalInterface
  public interface Work<T> {
    /** Computes; the context and the listener are the caller's. */
    T on(JavaSparkContext context, EvaluationListener listener) throws IOException;
  }

  /**
   * Opens Spark, does the work and closes what was opened.
   *
   * @param name of the application
   */
  public <T> T run(String name, Work<T> work) throws IOException {
    SparkConf settings = cluster.configured(name).set("spark.task.cpus", Integer.toString(threads));
    try (SparkPlace.Stay stay = place.open(settings);
        ProgressDisplay display =
            ProgressDisplay.automatic(screen, Clock.systemUTC(), LOG_INTERVAL)) {
      return work.on(stay.context(), new EvalProgress(display, listener));
    }
  }
}
