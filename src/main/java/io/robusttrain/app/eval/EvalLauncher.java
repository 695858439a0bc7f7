package io.robusttrain.app.eval;

import io.robusttrain.app.Cluster;
import io.robusttrain.app.Versions;
import io.robusttrain.evaluate.EvaluationOutput;
import io.robusttrain.evaluate.RobustEvaluation;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.EvaluationPlan;
import io.robusttrain.evaluate.plan.EvaluationPlanner;
import io.robusttrain.evaluate.plan.EvaluationRequest;
import io.robusttrain.evaluate.result.EvaluationResult;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.report.ProgressDisplay;
import io.robusttrain.tensor.NativeRuntime;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** {@code RobustEval} on the cluster that spark-submit names. */
public final class EvalLauncher {
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);

  private final SparkConf spark;
  private final PrintStream screen;

  /**
   * A launcher; nothing is started yet.
   *
   * @param spark spark-submit's settings
   * @param screen where progress and warnings go
   */
  EvalLauncher(SparkConf spark, PrintStream screen) {
    this.spark = spark;
    this.screen = screen;
  }

  /**
   * Evaluates, or continues an evaluation.
   *
   * @param request what is asked for
   * @param output the directory of the result
   * @param partitions into which blocks are grouped; empty: each is a task of its own
   */
  EvaluationResult run(EvaluationRequest request, String output, OptionalInt partitions)
      throws IOException {
    Cluster cluster = new Cluster(spark);
    Configuration hadoop = cluster.hadoop();
    requireCores(cluster, request.threads());
    NativeRuntime.load();
    EvaluationPlan plan = new EvaluationPlanner(hadoop, Versions.software()).plan(request);
    EvaluationOutput claimed = EvaluationOutput.claim(EvaluationFolder.at(output, hadoop), plan);
    Optional<EvaluationResult> finished = claimed.result();
    if (finished.isPresent()) {
      screen.println("the evaluation in " + output + " is finished");
      return finished.get();
    }
    plan.model().lines().forEach(screen::println);
    screen.printf(
        "evaluating %d images (%s) with %s in at most %d blocks a stage, %d thread(s) each%n",
        plan.count(),
        plan.samples(),
        plan.attackSet(),
        plan.cut(plan.count()).blocks(),
        plan.threads());
    SparkConf settings =
        cluster
            .configured("RobustEval " + plan.model().architecture().name())
            .set("spark.task.cpus", Integer.toString(plan.threads()));
    try (JavaSparkContext context = new JavaSparkContext(settings);
        ProgressDisplay display =
            ProgressDisplay.automatic(screen, Clock.systemUTC(), LOG_INTERVAL)) {
      return new RobustEvaluation(plan, claimed, new EvalProgress(display))
          .run(context, partitions);
    }
  }

  private static void requireCores(Cluster cluster, int threads) {
    int cores = cluster.topology(Optional.of(1)).coresPerExecutor();
    if (threads > cores) {
      throw new EvaluationException(
          "--threads: %d threads do not fit the %d cores of an executor; use fewer, or give executors more cores"
              .formatted(threads, cores));
    }
  }
}
