package io.robusttrain.app;

import io.robusttrain.config.value.ConfigException;
import io.robusttrain.config.value.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Where work runs: in a Spark context that is opened for it and stopped after it, or in one that
 * runs already and stays. One work at a time, which any thread may cancel.
 */
public final class SparkPlace {
  /** What Spark takes for settings that work relies on, where nobody set them. */
  private static final Map<String, String> SPARKS_DEFAULTS =
      new TreeMap<>(
          Map.of(
              "spark.speculation", "false",
              "spark.dynamicAllocation.enabled", "false",
              "spark.decommission.enabled", "false",
              "spark.task.cpus", "1"));

  /** Settings that matter only where tasks can run on another executor than before. */
  private static final Map<String, String> OF_CLUSTERS =
      new TreeMap<>(
          Map.of("spark.task.maxFailures", "4", "spark.shuffle.reduceLocality.enabled", "true"));

  private final SparkConf settings;
  private final Optional<SparkContext> running;
  private final String jobs = "robusttrain-" + UUID.randomUUID();
  private final AtomicReference<JavaSparkContext> current = new AtomicReference<>();

  private SparkPlace(SparkConf settings, Optional<SparkContext> running) {
    this.settings = settings;
    this.running = running;
  }

  /**
   * A context of its own for each work.
   *
   * @param settings spark-submit's
   */
  public static SparkPlace submitted(SparkConf settings) {
    return new SparkPlace(settings, Optional.empty());
  }

  /** A context that runs already. It is its owner's to stop. */
  public static SparkPlace running(SparkContext context) {
    return new SparkPlace(context.getConf(), Optional.of(context));
  }

  /** What the settings say of the cluster. */
  public Cluster cluster() {
    return new Cluster(settings);
  }

  /** The settings that were given, or those of the running context. */
  public SparkConf settings() {
    return settings;
  }

  /** A context for some work; closing it stops Spark only if it was opened for the work. */
  public final class Stay implements AutoCloseable {
    private final JavaSparkContext context;
    private final boolean owned;

    private Stay(JavaSparkContext context, boolean owned) {
      this.context = context;
      this.owned = owned;
    }

    /** The context, started. */
    public JavaSparkContext context() {
      return context;
    }

    @Override
    public void close() {
      current.set(null);
      if (owned) {
        context.close();
      } else {
        context.clearJobGroup();
      }
    }
  }

  /**
   * Opens a context with these settings, or stays in the running one.
   *
   * @param wanted all settings that the work needs
   * @throws ConfigException if the running context has others, all of them named
   */
  public Stay open(SparkConf wanted) {
    if (running.isEmpty()) {
      return stay(opened(wanted), true);
    }
    SparkContext context = running.get();
    if (context.isStopped()) {
      throw new ConfigException(
          List.of(
              new Problem(
                  "the Spark session",
                  "spark",
                  "was stopped: open another one with RobustTrain.session()")));
    }
    requireSettings(wanted, context.isLocal());
    return stay(JavaSparkContext.fromSparkContext(context), false);
  }

  /** Cancels the jobs of the work that is under way, if one is. */
  public void cancel() {
    JavaSparkContext context = current.get();
    if (context != null) {
      // A running context may have jobs of others.
      context.sc().cancelJobGroup(jobs);
    }
  }

  private static JavaSparkContext opened(SparkConf wanted) {
    try {
      return new JavaSparkContext(wanted);
    } catch (RuntimeException failure) {
      throw StandaloneMaster.explained(failure, wanted);
    }
  }

  private Stay stay(JavaSparkContext context, boolean owned) {
    // Threads that this one starts have it, too.
    context.setJobGroup(jobs, "RobustTrain", false);
    current.set(context);
    return new Stay(context, owned);
  }

  private void requireSettings(SparkConf wanted, boolean local) {
    Map<String, String> needed = new TreeMap<>(SPARKS_DEFAULTS);
    if (!local) {
      needed.putAll(OF_CLUSTERS);
    }
    List<Problem> problems = new ArrayList<>();
    needed.forEach(
        (key, byDefault) -> {
          String is = settings.get(key, byDefault);
          String should = wanted.get(key, is);
          if (!is.equals(should)) {
            problems.add(
                new Problem(
                    "the Spark session",
                    key,
                    "is %s, and this work needs %s; a running session cannot change it: stop it and open one with RobustTrain.session(), or start it with --conf %s=%s"
                        .formatted(is, should, key, should)));
          }
        });
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }
}
